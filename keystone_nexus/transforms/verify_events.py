"""Reads the stream's part of a lake back: objects intact, every offset once, poison where it belongs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from keystone_nexus.lake.event_log import quarantine_key
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import Ledger, OffsetRange
from keystone_nexus.lake.publish import digest
from keystone_nexus.transforms.event_ledger import broken_ranges
from keystone_nexus.wire.vocabulary import EVENTS


def damaged_objects(lake: Lake, ledger: Ledger) -> Iterator[str]:
    """Objects of the event log that are missing or not what was landed."""
    held = [(entry, one) for entry, one in (*ledger.ranges, *ledger.replayed) if one.object is not None]
    paths = lake.store.files([str(one.object) for _, one in held], anew=True)
    for (entry, one), path in zip(held, paths, strict=True):
        if not path.exists():
            yield f"{one.object} of ledger entry {entry.number} is missing: restore it from a copy"
        elif digest(path) != one.object_sha256:
            yield f"{one.object} of ledger entry {entry.number} was changed: restore it from a copy"


def broken_events(lake: Lake, ledger: Ledger) -> Iterator[str]:
    """What does not hold of intact objects: the ranges' order, the records they hold, and the poison among them."""
    yield from broken_ranges(ledger)
    left = [(quarantine_key(str(one.object)), ledger.poison_left(one)) for _, one in ledger.ranges if one.object]
    expected = {key: rows for key, rows in left if rows}
    for (key, rows), path in zip(expected.items(), lake.store.files(list(expected)), strict=True):
        if not path.exists():
            yield f"{key} is missing, with {rows:,} rejected records: `keystone stream land` writes it again"
        elif _rows(path) != rows:
            yield f"{key} has {_rows(path):,} records, {rows:,} were rejected"
    for key in lake.store.keys(f"quarantine/{EVENTS}/"):
        if key not in expected:
            yield f"{key} belongs to no landed range: remove it"
    for _, one in (*ledger.ranges, *ledger.replayed):
        yield from _offsets(lake, one)


def _rows(path: Path) -> int:
    return pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()


def _offsets(lake: Lake, one: OffsetRange) -> Iterator[str]:
    """The object's own offsets: as many as were counted, strictly rising, within the range."""
    if one.object is None:
        return
    offsets = pl.read_parquet(lake.store.file(one.object), columns=["_source_row"], glob=False)["_source_row"]
    rising = bool((offsets.diff().drop_nulls() > 0).all())
    inside = bool(offsets.is_between(one.first, one.end - 1).all())
    if offsets.len() != one.rows or not rising or not inside:
        yield f"{one.object} has {offsets.len():,} records, not the {one.rows:,} of {one.first:,} to {one.end - 1:,}"
