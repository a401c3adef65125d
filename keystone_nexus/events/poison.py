"""Quarantine of the event log: what is no order event, and another look at it once it can be read.

The quarantine of a range is derived from its object: the records with reasons, less those that were read after all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace

import polars as pl
import pyarrow.parquet as pq

from keystone_nexus.events.records import AT_ONCE, Batch, LogWriter
from keystone_nexus.events.schemas import SchemaBook
from keystone_nexus.lake.event_log import quarantine_key, replayed_key
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import Entry, Ledger, OffsetRange, append, now, read
from keystone_nexus.lake.publish import digest

BROKEN = pl.col("_rules").list.len() > 0


def quarantine(lake: Lake, key: str, replayed: Iterable[str] = ()) -> None:
    """Writes the poison of an object, whole, with its reasons; none, and there is no file."""
    store, target = lake.store, quarantine_key(key)
    poison = pl.scan_parquet(store.file(key), glob=False).filter(BROKEN)
    for other in replayed:
        read_after_all = pl.scan_parquet(store.file(other), glob=False).select("_source_row")
        poison = poison.join(read_after_all, on="_source_row", how="anti", maintain_order="left")
    with store.staging() as folder:
        poison.sink_parquet(folder / "poison.parquet", compression="snappy")
        if not _rows(folder / "poison.parquet"):
            store.remove([target])
            return
        store.replace({target: folder / "poison.parquet"})


def restore(lake: Lake) -> None:
    """Writes what is not as the ledger says: a killed landing, a killed replay, a file that somebody removed."""
    ledger = read(lake)
    for _, one in ledger.ranges:
        if one.object and one.poison:
            key = quarantine_key(one.object)
            rows = _rows(lake.store.file(key)) if lake.store.exists(key) else 0
            if rows != ledger.poison_left(one):
                _quarantine_again(lake, ledger, one.object)


def replay(lake: Lake, book: SchemaBook, progress: Callable[[str], None]) -> Entry | None:
    """Reads all poison again, and lands what is an order event by now, in one entry. The caller holds the lake's lock.

    Such an event counts as landed now: it was not known before. None where nothing changed.
    """
    ledger = read(lake)
    number = ledger.position + 1
    ranges = [made for _, one in ledger.ranges if ledger.poison_left(one) and (made := _again(lake, one, number, book))]
    if not ranges:
        progress("nothing in quarantine can be read that could not be read before")
        return None
    entry = Entry(number, now(), f"quarantine:{ranges[0].topic}", [], ranges)
    append(lake, entry)
    restore(lake)
    progress(f"{sum(one.rows for one in ranges):,} records of the quarantine are order events by now")
    return entry


def _again(lake: Lake, one: OffsetRange, number: int, book: SchemaBook) -> OffsetRange | None:
    assert one.object is not None
    key = replayed_key(one.object, number)
    with lake.store.staging() as folder:
        writer = LogWriter(folder / "sound.parquet", book, only_sound=True)
        try:
            for batch in _batches(lake, quarantine_key(one.object)):
                writer.add(batch)
        finally:
            writer.close()
        tally = writer.tally
        if not tally.rows:
            return None
        sha256 = digest(folder / "sound.parquet")
        # A replay that was killed before its entry left one that no entry names: it is written anew.
        lake.store.put(key, folder / "sound.parquet")
    return replace(
        one, object=key, object_sha256=sha256, rows=tally.rows, poison=0, made=tally.made, resume=False,
        first_day=tally.first_day, last_day=tally.last_day, schemas=sorted(tally.schemas), replays=one.object,
    )  # fmt: skip


def _batches(lake: Lake, key: str) -> Iterable[Batch]:
    with pq.ParquetFile(lake.store.file(key)) as file:
        for part in file.iter_batches(AT_ONCE):
            rows = pl.DataFrame(pl.from_arrow(part))
            yield Batch(
                rows["_source_row"].to_list(), rows["_value"].to_list(), rows["_key"].to_list(),
                rows["_schema"].to_list(), rows["_produced_at"].dt.epoch("ms").to_list(),
            )  # fmt: skip


def _quarantine_again(lake: Lake, ledger: Ledger, key: str) -> None:
    quarantine(lake, key, [str(other.object) for _, other in ledger.replayed if other.replays == key])


def _rows(path: os.PathLike[str]) -> int:
    return pq.read_metadata(path).num_rows
