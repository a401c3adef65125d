"""What the lake holds and how it fares: status, check, accept, verify, describe."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from keystone_nexus.cli.main import open_lake
from keystone_nexus.cli.show import print_json, print_table
from keystone_nexus.lake.errors import Refused


def status(arguments: argparse.Namespace) -> int:
    """Per table: rows, days, bytes, quarantined rows, pending days, last built."""
    import polars as pl

    from keystone_nexus.contracts.catalog import tables
    from keystone_nexus.lake import builds
    from keystone_nexus.transforms.pending import pending

    lake = open_lake(arguments)
    built, late = builds.read(lake), pending(lake)
    found: list[dict[str, Any]] = []
    for name, spec in tables().items():
        mine = built.filter(pl.col("table") == name)
        waiting = len(late.days.get(name, [])) if spec.dated else int(name in late.tables)
        found.append(
            {
                "table": name,
                "rows": int(mine["silver"].sum()),
                "days": mine.filter(pl.col("day").is_not_null() & (pl.col("silver") > 0)).height,
                "bytes": int(mine["bytes"].sum()),
                "quarantined": int(mine["quarantined"].sum()),
                "pending": waiting,
                "last_built": mine["built_at"].dt.truncate("1s").max(),
            }
        )
    if arguments.json:
        print_json(found)
    else:
        print_table(list(found[0]), [list(row.values()) for row in found])
    return 0


def check(arguments: argparse.Namespace) -> int:
    """The newest verdict of every asset check. Returns 1 when one that blocks has failed."""
    from keystone_nexus.orchestration.instance import open_instance

    lake = open_lake(arguments)
    with open_instance(lake) as instance:
        from keystone_nexus.definitions import defs
        from keystone_nexus.orchestration.verdicts import newest_verdicts

        found = newest_verdicts(instance, defs.resolve_asset_graph().asset_check_keys, lake)
    if arguments.json:
        print_json(found)
    else:
        days = [v for v in found if v["partition"] is not None]
        shown = [v for v in found if v["partition"] is None or not v["passed"]]
        columns = ["asset", "check", "partition", "passed", "severity", "rows_checked", "rows_failed", "accepted"]
        print_table(
            columns, [["not evaluated" if c == "passed" and v[c] is None else v[c] for c in columns] for v in shown]
        )
        print(f"\n{sum(v['passed'] for v in days):,} of {len(days):,} days passed without a rejected row")
    breached = [v for v in found if v["passed"] is False and v["severity"] == "ERROR" and not v["accepted"]]
    if lost := [v for v in found if v["passed"] is None and v["severity"] == "ERROR"]:
        named = ", ".join(sorted({v["asset"] for v in lost}))
        print(
            f"keystone: {len(lost):,} checks that block were not evaluated ({named}): `keystone run`", file=sys.stderr
        )
    for v in breached:
        print(
            f"keystone: {v['asset']} {v['partition'] or ''}: {v['check']} failed ({v['rows_failed']:,} rows)",
            file=sys.stderr,
        )
    return 1 if breached else 0


def accept(arguments: argparse.Namespace) -> int:
    """Lets a known breach pass; the next plain run publishes what it withheld."""
    from keystone_nexus.lake.acceptances import accept as record

    lake = open_lake(arguments)
    known = _known_checks()
    if (arguments.asset, arguments.check) not in known:
        checks = sorted({c for a, c in known if a == arguments.asset}) or sorted({a for a, _ in known})
        raise Refused(f"{arguments.asset} has no check {arguments.check!r}: there are {', '.join(checks)}")
    if not arguments.reason.strip():
        raise Refused("--reason is empty: say why the breach may pass")
    if arguments.partition and arguments.check != "row_rules":
        raise Refused(f"{arguments.check} is a check of the whole table: leave out --partition")
    partition = str(arguments.partition) if arguments.partition else None
    until = str(arguments.until) if arguments.until else None
    done = record(lake, arguments.asset, arguments.check, partition, arguments.reason, until)
    if arguments.json:
        from dataclasses import asdict

        print_json(asdict(done))
    else:
        print(
            f"accepted: {done.check} of {done.asset}{' ' + partition if partition else ''}, by {done.by}: {done.reason}"
        )
        print("run `keystone run` to go on")
    return 0


def _known_checks() -> set[tuple[str, str]]:
    from keystone_nexus.definitions import defs

    keys = defs.resolve_asset_graph().asset_check_keys
    return {(key.asset_key.to_user_string(), key.name) for key in keys}


def verify(arguments: argparse.Namespace) -> int:
    """Reads the whole lake back. Returns 1 with every breach named."""
    from keystone_nexus.transforms.verify import read_back

    lake = open_lake(arguments)
    verified = read_back(lake)
    found, unseen = verified.breaches, verified.unseen
    if arguments.json:
        print_json({"sound": not found, "breaches": found, "not_compared": unseen})
    elif not found:
        print(
            f"{lake} holds what it must: objects intact, values as bronze gives them, gold as silver gives it, sums exact"
        )
    if not arguments.json:
        print(f"not looked at: {'; '.join(unseen)}")
    for text in found:
        print(f"keystone: {text}", file=sys.stderr)
    return 1 if found else 0


def describe(arguments: argparse.Namespace) -> int:
    """Meaning, rules, lineage and owner of a table or a column of silver or gold."""
    from keystone_nexus.cli.meaning import gold_table, silver_table

    layer, table, column = _split(arguments.name)
    found = gold_table(table, column) if layer == "gold" else silver_table(layer, table, column)
    if arguments.json:
        print_json(found)
        return 0
    for key, value in found.items():
        if key == "columns":
            print()
            print_table(
                ["column", "type", "meaning", "rules"],
                [[c["name"], c["type"], c["meaning"], "; ".join(c["rules"])] for c in value],
            )
        elif value:
            print(f"{key}: {', '.join(value) if isinstance(value, list) else value}")
    return 0


def _split(name: str) -> tuple[str, str, str | None]:
    """`[layer.]table[.column]`."""
    parts = name.replace("/", ".").split(".")
    if parts[0] in ("bronze", "silver", "quarantine", "gold"):
        layer, parts = parts[0], parts[1:]
    else:
        from keystone_nexus.contracts.catalog import tables

        layer = "silver" if parts[0] in tables() else "gold"
    if not 1 <= len(parts) <= 2:
        raise Refused(f"{name!r} is no TABLE or TABLE.COLUMN")
    return layer, parts[0], parts[1] if len(parts) == 2 else None
