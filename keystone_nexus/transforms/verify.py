"""Reads a whole lake back and says what does not hold: objects intact, days as bronze says, sums exact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl

from keystone_nexus.contracts.catalog import Table, tables
from keystone_nexus.lake import builds, ledger
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.days import OBJECT, day_of, object_key
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.publish import digest
from keystone_nexus.lake.store import parquet_keys
from keystone_nexus.transforms.pending import pending
from keystone_nexus.transforms.reconcile import balances
from keystone_nexus.transforms.resolver import Resolved, Resolver
from keystone_nexus.transforms.verify_events import broken_events, damaged_objects
from keystone_nexus.wire.vocabulary import EVENTS

NO_TABLES = ("_builds", "_locks", EVENTS)
"""What lies beside the tables of silver and quarantine."""
Expected = dict[tuple[str, str, date | None], str]


def verify(lake: Lake) -> list[str]:
    """Every breach as a sentence; an empty list for a sound lake. Days that are pending are no breach."""
    bronze = Bronze(lake, ledger.read(lake))
    damaged = [*_bronze_objects(lake, bronze), *damaged_objects(lake, bronze.ledger)]
    found = [*damaged, *_published_objects(lake), *_leftovers(lake), *_gold(lake)]
    if damaged:
        return [*found, "the rows of silver and quarantine were not compared with bronze, which is damaged"]
    return [*found, *_balances(lake, bronze), *_rows(lake, bronze), *broken_events(lake, bronze.ledger)]


def _bronze_objects(lake: Lake, bronze: Bronze) -> Iterator[str]:
    held = [(entry, file) for entry in bronze.ledger.entries for file in entry.files]
    paths = lake.store.files([file.object for _, file in held], anew=True)
    for (entry, file), path in zip(held, paths, strict=True):
        if not path.exists():
            yield f"{file.object} of ledger entry {entry.number} is missing: restore it or deliver {file.name} again"
        elif digest(path) != file.object_sha256:
            yield f"{file.object} of ledger entry {entry.number} was changed: restore it from a copy"


def _published_objects(lake: Lake) -> Iterator[str]:
    """Silver and quarantine hold exactly the objects that the builds recorded, byte by byte."""
    expected: Expected = {}
    for name, day, silver, rejects in (
        builds.read(lake).select("table", "day", "silver_sha256", "quarantine_sha256").iter_rows()
    ):
        if silver:
            expected["silver", name, day] = silver
        if rejects:
            expected["quarantine", name, day] = rejects
    for layer in ("silver", "quarantine"):
        keys = [key for key in lake.store.keys(f"{layer}/") if key.split("/")[1] not in NO_TABLES]
        for key, path in zip(keys, lake.store.files(keys), strict=True):
            recorded = expected.pop(_where(key), None)
            if recorded is None:
                yield f"{key} was built by no recorded run: run `keystone run` or remove it"
            elif not path.exists() or digest(path) != recorded:
                yield f"{key} is not what was built: run `keystone run --all`"
    for layer, name, day in expected:
        yield f"{layer}/{name} {day or ''} is missing its object: run `keystone run --all`"


def _where(key: str) -> tuple[str, str, date | None]:
    """Layer, table and day of an object; of a foreign one no table that there is."""
    layer, name, *rest = key.split("/")
    try:
        day = day_of(Path(key).parent) if len(rest) == 4 else None
    except ValueError:
        return layer, key, None
    known = key == f"{layer}/{name}/{OBJECT}" or key == object_key(f"{layer}/{name}", day)
    return (layer, name, day) if known else (layer, key, None)


def _leftovers(lake: Lake) -> Iterator[str]:
    for name in lake.store.leftovers():
        yield f"{name} is a leftover of a killed run (or of one that is active): run `keystone run`"


def _balances(lake: Lake, bronze: Bronze) -> Iterator[str]:
    for b in balances(lake, bronze):
        if b.difference:
            yield (
                f"{b.table}: {b.bronze:,} rows of bronze are not {b.silver:,} silver + {b.quarantined:,} quarantined "
                f"+ {b.superseded:,} superseded + {b.pending:,} pending (difference {b.difference:,})"
            )


def _rows(lake: Lake, bronze: Bronze) -> Iterator[str]:
    """The rows of each day are as many as bronze, resolved anew, says."""
    late = pending(lake, bronze)
    resolver = Resolver(bronze)
    for spec in tables().values():
        if spec.dated:
            yield from _days(lake, spec, resolver.table(spec.name), set(late.days.get(spec.name, [])))


def _days(lake: Lake, spec: Table, resolved: Resolved, late: set[date]) -> Iterator[str]:
    for layer, frame in (("silver", resolved.silver), ("quarantine", resolved.rejected)):
        counted = frame.group_by("_day").len().filter(pl.col("_day").is_not_null())
        keys = parquet_keys(lake.store, f"{layer}/{spec.name}/")
        there = dict(zip(keys, lake.store.files(keys), strict=True))
        for day, rows in counted.sort("_day").iter_rows():
            if day in late:
                continue
            found = _count(there, object_key(f"{layer}/{spec.name}", day))
            if found is not None and found != rows:
                yield f"{layer}/{spec.name} {day}: {found:,} rows, bronze says {rows:,}: run `keystone run --all`"


def _count(there: dict[str, Path], key: str) -> int | None:
    """The rows of an object, 0 where there is none, None where it cannot be read (its digest has told)."""
    try:
        return pl.scan_parquet(there[key], glob=False).select(pl.len()).collect().item() if key in there else 0
    except pl.exceptions.PolarsError:
        return None


def _gold(lake: Lake) -> Iterator[str]:
    import duckdb

    from keystone_nexus.lake.gold import gold_file, read_info

    if lake.on_s3:
        return  # its tables are Glue's: `keystone catalog plan` compares them
    try:
        read_info(gold_file(lake))
    except duckdb.Error as error:
        yield f"gold/gold.duckdb cannot be read ({str(error).splitlines()[0]}): run `keystone run`, which builds it anew"
