"""`keystone gold`: kept versions, back to one, and how one differs from now."""

from __future__ import annotations

import argparse

from keystone_nexus.cli.main import open_lake
from keystone_nexus.cli.show import print_json, print_table
from keystone_nexus.lake.errors import Refused


def gold(arguments: argparse.Namespace) -> int:
    return {"list": _list, "rollback": _rollback, "diff": _diff}[arguments.action](arguments)


def _list(arguments: argparse.Namespace) -> int:
    from keystone_nexus.lake.gold import versions

    found = [
        {
            "version": v.number,
            "built_at": v.built_at.replace("T", " ").removesuffix("Z"),
            "months_rebuilt": v.months,
            "bytes": v.path.stat().st_size if v.path else None,
            "current": v.current,
        }
        for v in versions(open_lake(arguments))
    ]
    if arguments.json:
        print_json(found)
    else:
        columns = ["version", "built_at", "months_rebuilt", "bytes", "current"]
        print_table(columns, [[v[c] for c in columns] for v in found], "no gold was published yet")
    return 0


def _rollback(arguments: argparse.Namespace) -> int:
    """Holds until something is pending or `keystone run --all`."""
    from keystone_nexus.lake import builds
    from keystone_nexus.lake.gold import published
    from keystone_nexus.lake.silver_state import silver_digest

    lake = open_lake(arguments)
    # What the user sees now is what is to be left: while the lock is waited for, a run may publish another.
    seen = published(lake).get("version")
    if lake.on_s3:
        from keystone_nexus.glue.gold import rollback
    else:
        from keystone_nexus.lake.gold import rollback
    with lake.store.lock("keystone gold rollback"):
        now = published(lake).get("version")
        if now != seen:
            raise Refused(
                f"gold became version {now} while this waited for the lake; it was {seen} when the rollback was asked "
                "for: look at `keystone gold list`, then ask again"
            )
        chosen = rollback(lake, arguments.version, silver_digest(builds.read(lake)))
    print(
        f"gold is version {chosen.number} again, built {chosen.built_at}; it stays until something is pending or `keystone run --all`"
    )
    return 0


def _diff(arguments: argparse.Namespace) -> int:
    from keystone_nexus.lake.gold_diff import diff

    found = diff(open_lake(arguments), arguments.version)
    if arguments.json:
        print_json(found)
    else:
        columns = ["relation", "month", "rows", "rows_then", "money", "money_then"]
        print_table(columns, [[r[c] for c in columns] for r in found], "no month differs")
    return 0
