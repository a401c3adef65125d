"""Reads a whole lake back and says what does not hold: objects intact, values as bronze gives them, gold as silver
gives it, sums exact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from keystone_nexus.lake import builds, gold, ledger
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.days import OBJECT, day_of, object_key
from keystone_nexus.lake.gold_content import unlike_silver
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.publish import digest
from keystone_nexus.lake.silver_state import silver_digest
from keystone_nexus.transforms.pending import Pending, pending
from keystone_nexus.transforms.reconcile import balances
from keystone_nexus.transforms.verify_content import unlike_bronze
from keystone_nexus.transforms.verify_events import broken_events, damaged_objects
from keystone_nexus.wire.vocabulary import EVENTS

NO_TABLES = ("_builds", "_locks", EVENTS)
"""What lies beside the tables of silver and quarantine."""
Expected = dict[tuple[str, str, date | None], str]


@dataclass(frozen=True, slots=True)
class Verified:
    """`breaches` as sentences, none for a sound lake; `unseen` says what was not looked at, and is no breach."""

    breaches: list[str]
    unseen: list[str]


def verify(lake: Lake) -> list[str]:
    """Every breach as a sentence; an empty list for a sound lake. Days that are pending are no breach."""
    return read_back(lake).breaches


def read_back(lake: Lake) -> Verified:
    """Reads everything that the lake holds, and says what does not hold and what was not looked at."""
    bronze = Bronze(lake, ledger.read(lake))
    late, built = pending(lake, bronze), builds.read(lake)
    unseen = [*_unseen(lake, built, late)]
    damaged = [*_bronze_objects(lake, bronze), *damaged_objects(lake, bronze.ledger)]
    sound: set[str] = set()
    found = [*damaged, *_published_objects(lake, built, sound), *_leftovers(lake), *_gold(lake, built)]
    if damaged:
        return Verified(
            found, [*unseen, "the rows of silver and quarantine: the bronze that they come from is damaged"]
        )
    content = unlike_bronze(lake, bronze, late, sound)
    found += [*_balances(lake, bronze), *content, *broken_events(lake, bronze.ledger)]
    return Verified(found, unseen)


def _unseen(lake: Lake, built: pl.DataFrame, late: Pending) -> Iterator[str]:
    yield f"the pages below {lake.store.name('analytics')}, Dagster's records, and Kafka beyond what has landed"
    if days := late.all_days:
        yield f"{len(days):,} pending days ({days[0]} to {days[-1]})"
    if late.tables or late.undated:
        yield f"pending tables: {', '.join([*late.tables, *(['undated quarantine'] if late.undated else [])])}"
    if lake.on_s3:
        yield "gold on Athena, which the tests of its build and `keystone catalog plan` compare"
    elif not gold.gold_file(lake).exists():
        yield "gold, of which nothing was published yet"
    elif gold.published(lake).get("silver") != silver_digest(built):
        yield "the rows of gold, which is of an older silver (a rollback, a closed gate, or a run that is pending)"


def _bronze_objects(lake: Lake, bronze: Bronze) -> Iterator[str]:
    held = [(entry, file) for entry in bronze.ledger.entries for file in entry.files]
    paths = lake.store.files([file.object for _, file in held], anew=True)
    for (entry, file), path in zip(held, paths, strict=True):
        if not path.exists():
            yield f"{file.object} of ledger entry {entry.number} is missing: restore it or deliver {file.name} again"
        elif digest(path) != file.object_sha256:
            yield f"{file.object} of ledger entry {entry.number} was changed: restore it from a copy"


def _published_objects(lake: Lake, built: pl.DataFrame, sound: set[str]) -> Iterator[str]:
    """Silver and quarantine hold exactly the objects that the builds recorded, byte by byte. `sound` gets their keys."""
    expected: Expected = {}
    for name, day, silver, rejects in built.select("table", "day", "silver_sha256", "quarantine_sha256").iter_rows():
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
            else:
                sound.add(key)
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


def _gold(lake: Lake, built: pl.DataFrame) -> Iterator[str]:
    import duckdb

    if lake.on_s3:
        return  # its tables are Glue's: `keystone catalog plan` compares them
    try:
        said = gold.read_info(gold.gold_file(lake))
        if said and said["silver"] == silver_digest(built):
            yield from unlike_silver(lake, built)
    except duckdb.Error as error:
        yield f"gold/gold.duckdb cannot be read ({str(error).splitlines()[0]}): run `keystone run`, which builds it anew"
