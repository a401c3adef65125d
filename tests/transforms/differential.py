"""A lake that got random drops and events one after another, against the oracle and against a lake built at once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from keystone_nexus.events.records import Batch, LogWriter
from keystone_nexus.events.registry import FileRegistry
from keystone_nexus.events.schemas import SchemaBook
from keystone_nexus.lake import builds
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.event_log import object_key
from keystone_nexus.lake.gold import gold_file
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import Entry, OffsetRange, append, now, read
from keystone_nexus.lake.publish import digest
from keystone_nexus.transforms.pending import pending
from keystone_nexus.transforms.reconcile import balances
from keystone_nexus.wire.schema import own_schema_id
from tests.oracle import KINDS, TYPES, Expected, Row
from tests.small_drops import (
    DAMAGED,
    GOOD,
    PARENTS,
    POOLS,
    TODAY,
    Drop,
    build_everything,
    build_pending,
    expected_quarantine,
    expected_silver,
    first,
    good_row,
    land_drop,
    new_lake,
    quarantine,
    silver,
)
from tests.small_events import Sent, event_batch

Arrival = Drop | list[Sent]


def history(random: Random) -> list[Arrival]:
    """A lake's first arrivals: a drop of all tables, then drops and events in any order.

    Every other one is about few tables and types of events, which then meet often.
    """
    narrow = random.random() < 0.5
    named = random.sample(list(KINDS), 3) if narrow else list(KINDS)
    kinds = ["placed", *random.sample(TYPES, 1)] if narrow else [*["placed"] * 4, *TYPES]
    head: Drop = {table: _rows(random, table, 0, 2 if table in named else 0) for table in KINDS}
    for table, (key, ids) in PARENTS.items():
        head[table] += [good_row(table, **{key: one}) for one in ids if random.random() < 0.7]
    rest: list[Arrival] = [
        event_batch(random, kinds) if random.random() < 0.6 else _drop(random, named)
        for _ in range(random.randint(3, 7))
    ]
    return [head, *rest]


def _drop(random: Random, named: list[str]) -> Drop:
    return {table: _rows(random, table, 1, 3) for table in random.sample(named, random.randint(1, 3))}


def _rows(random: Random, table: str, least: int, most: int) -> list[Row]:
    return [_row(random, table) for _ in range(random.randint(least, most))]


def _row(random: Random, table: str) -> Row:
    """A row of few keys and days; one in eight has damage, one in thirty is no record."""
    if random.random() < 1 / 30:
        return {}
    row = {column: random.choice(POOLS.get(column) or GOOD[kind]) for column, kind in KINDS[table].items()}
    if random.random() < 1 / 8:
        column = random.choice([c for c, kind in KINDS[table].items() if DAMAGED[kind]])
        row[column] = random.choice(DAMAGED[KINDS[table][column]])
    return row


def shrunk(several: list[Arrival], fails: Callable[[list[Arrival]], bool]) -> list[Arrival]:
    """A history from which nothing can be left out without losing the failure, for whoever has to understand it."""
    found = several
    while (smaller := next((one for one in _smaller(found) if fails(one)), None)) is not None:
        found = smaller
    return found


def _smaller(several: list[Arrival]) -> Iterator[list[Arrival]]:
    for number, arrival in enumerate(several):
        if number:
            yield several[:number] + several[number + 1 :]
        for less in _less(arrival):
            if less or not number:
                yield [*several[:number], less, *several[number + 1 :]]


def _less(arrival: Arrival) -> Iterator[Arrival]:
    if isinstance(arrival, list):
        yield from (arrival[:at] + arrival[at + 1 :] for at in range(len(arrival)))
        return
    for table, rows in arrival.items():
        for at in range(len(rows)):
            yield arrival | {table: rows[:at] + rows[at + 1 :]}


def land_events(lake: Lake, events: Sequence[Sent]) -> None:
    """Lands events as the lander does with records of one partition that goes on where it ended."""
    begins = max((one.end for _, one in read(lake).ranges), default=0)
    offsets = range(begins, begins + len(events))
    key = object_key("cluster", "topic", "id", 0, begins, offsets.stop)
    with lake.store.staging() as folder:
        writer = LogWriter(folder / "events.parquet", SchemaBook(FileRegistry(lake.store)))
        same = [own_schema_id()] * len(events)
        writer.add(Batch(offsets, [e.message for e in events], [None] * len(events), same, [0] * len(events)))
        writer.close()
        assert not writer.tally.poison
        assert lake.store.put_new(key, folder / "events.parquet")
    tally = writer.tally
    landed = OffsetRange(
        "cluster", "topic", "id", 0, begins, offsets.stop, key, digest(lake.store.file(key)), tally.rows, 0,
        tally.made, tally.first_day, tally.last_day, sorted(tally.schemas),
    )  # fmt: skip
    append(lake, Entry(read(lake).position + 1, now(), "kafka:topic", [], [landed]))


def growing(root: Path, several: list[Arrival]) -> Iterator[tuple[Lake, Expected]]:
    """A lake and what it must hold, after each arrival has landed and what it affects was built."""
    lake, expected = new_lake(root / "lake"), Expected(TODAY)
    for number, arrival in enumerate(several):
        if isinstance(arrival, dict):
            drop = arrival if number else first(arrival)
            land_drop(lake, drop, root / f"drop-{number}")
            expected.arrive(drop)
        else:
            land_events(lake, arrival)
            expected.land([one.event for one in arrival])
        build_pending(lake)
        assert pending(lake).none
        yield lake, expected


def rebuilt(lake: Lake, root: Path) -> Lake:
    """A second lake with the same bronze, built from it at once."""
    second = new_lake(root)
    shutil.copytree(lake.layer("bronze"), second.layer("bronze"), dirs_exist_ok=True)
    build_everything(second)
    return second


def disagreements(lake: Lake, expected: Expected) -> dict[str, object]:
    """What of a built lake is not as the oracle says: rows of silver and quarantine, and how they add up."""
    found: dict[str, object] = {}
    for table in KINDS:
        for layer, is_there, should in (
            ("silver", silver(lake, table), expected_silver(expected, table)),
            ("quarantine", quarantine(lake, table), expected_quarantine(expected, table)),
        ):
            if is_there != should:
                found[f"{layer}.{table}"] = {"too many": is_there - should, "too few": should - is_there}
    for balance in balances(lake, Bronze(lake, read(lake))):
        outcomes = [expected.count(balance.table, outcome) for outcome in ("silver", "quarantined", "superseded")]
        counted = [balance.silver, balance.quarantined, balance.superseded]
        if counted != outcomes or balance.pending or balance.bronze != len(expected.versions[balance.table]):
            found[f"balance.{balance.table}"] = (balance, outcomes)
    return found


def outcomes(lake: Lake) -> dict[tuple[str, object], tuple[object, ...]]:
    """What was counted of each table and day that holds anything: rows by outcome, rejects by rule, money.

    Superseded rows are left to `disagreements`: an identical re-delivery is counted without building its days again.
    """
    built = builds.read(lake).filter(builds.read(lake)["silver"] + builds.read(lake)["quarantined"] > 0)
    return {
        (name, day): (silver, rejected, json.loads(rejects), json.loads(money))
        for name, day, silver, rejected, rejects, money in built.select(
            "table", "day", "silver", "quarantined", "rejects", "money"
        ).iter_rows()
    }


def gold_rows(lake: Lake) -> dict[str, list[tuple[Any, ...]]]:
    """Every relation of the published gold, in order."""
    with duckdb.connect(str(gold_file(lake)), read_only=True) as connection:
        names = connection.execute("select table_name from duckdb_tables() where schema_name = 'gold'").fetchall()
        return {
            name: sorted(connection.execute(f'select * from gold.gold."{name}"').fetchall(), key=repr)
            for (name,) in names
        }
