"""Kafka's records as columns of the event log, batch by batch: decoded where they can be, named poison where not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from keystone_nexus.events.schemas import SchemaBook
from keystone_nexus.events.times import plausible_ms
from keystone_nexus.lake.event_log import SCHEMA
from keystone_nexus.lake.lock import FIRST_DAY
from keystone_nexus.wire.decode import broken_rules, decode, event_type
from keystone_nexus.wire.rows import row_counts

AT_ONCE = 10_000
"""Records that are decoded and written together."""
PLAIN: dict[str, Any] = {
    "use_dictionary": ["event_type", "_schema"],
    "write_statistics": ["event_type", "event_time", "_produced_at", "_source_row"],
}
"""What repeats is worth a dictionary, what is asked for by range is worth statistics; ids and bytes are neither."""
MALFORMED = "proto:malformed"


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of a partition, in order of their offsets; `schemas` are the identities in their headers."""

    offsets: Sequence[int]
    values: Sequence[bytes | None]
    keys: Sequence[bytes | None]
    schemas: Sequence[str | None]
    produced_ms: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Tally:
    """What an object of the event log holds: `ledger.OffsetRange` says the same of a range."""

    rows: int = 0
    poison: int = 0
    made: dict[str, int] = field(default_factory=dict[str, int])
    first_day: str | None = None
    last_day: str | None = None
    schemas: frozenset[str] = frozenset()


def decoded(batch: Batch, book: SchemaBook) -> tuple[pl.DataFrame, Tally]:
    """The rows of the event log (columns of `event_log.SCHEMA`), and what they come to."""
    events, _ = decode(batch.values)
    log = pl.DataFrame(
        {
            "_at": range(len(batch.offsets)),
            "_value": batch.values,
            "_key": batch.keys,
            "_schema": batch.schemas,
            "_produced_at": batch.produced_ms,
            "_source_row": batch.offsets,
        },
        schema={"_at": pl.Int64, **{n: SCHEMA[n] for n in ("_value", "_key", "_schema")}, "_produced_at": pl.Int64,
                "_source_row": pl.Int64},
    ).with_columns(_produced_at())  # fmt: skip
    named = events.select("_at", "event_id", "event_time", "order_id", event_type=event_type(), _broken=broken_rules())
    log = log.join(named, on="_at", how="left", maintain_order="left").with_columns(_rules=_rules(batch, book))
    sound = events.filter(events["_at"].is_in(log.filter(pl.col("_rules").list.len() == 0)["_at"].implode()))
    first, last = _days(sound)
    made = row_counts(sound.with_columns(event_type=event_type()))
    schemas = frozenset(log.filter(pl.col("_rules").list.len() == 0)["_schema"].drop_nulls().unique())
    tally = Tally(log.height, log.height - sound.height, made, first, last, schemas)
    return log.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()), tally


def _produced_at() -> pl.Expr:
    """The record's time, null where it cannot be one: the unit that its producer meant is not known."""
    given = pl.col("_produced_at")
    return pl.from_epoch(pl.when(given.is_between(*plausible_ms())).then(given), "ms").alias("_produced_at")


def _rules(batch: Batch, book: SchemaBook) -> pl.Expr:
    """A schema that cannot be read says more than what came of reading it all the same."""
    identities = set(batch.schemas)
    unreadable = {i: rule for i in identities if (rule := book.broken_rule(i))}
    schema = pl.col("_schema").replace_strict(unreadable, default=None, return_dtype=pl.String) if unreadable else None
    own = (
        pl.when(pl.col("_broken").is_null()).then(pl.lit([MALFORMED], pl.List(pl.String))).otherwise(pl.col("_broken"))
    )
    return own if schema is None else pl.when(schema.is_not_null()).then(pl.concat_list(schema)).otherwise(own)


def _days(events: pl.DataFrame) -> tuple[str | None, str | None]:
    """First and last plausible day of the rows that the events make: their orders', and their reviews' own."""
    days = pl.concat(
        [
            events["order_purchase_time"].dt.date().alias("day"),
            events["review"].struct.field("creation_time").dt.date().alias("day"),
        ]
    )
    latest = datetime.now(UTC).date() + timedelta(days=1)
    days = days.filter(days.is_between(FIRST_DAY, latest))
    return (str(days.min()), str(days.max())) if days.len() else (None, None)


def add(one: Tally, other: Tally) -> Tally:
    """Two batches of one range."""
    made = {t: one.made.get(t, 0) + other.made.get(t, 0) for t in one.made | other.made}
    firsts = [d for d in (one.first_day, other.first_day) if d]
    lasts = [d for d in (one.last_day, other.last_day) if d]
    return Tally(
        one.rows + other.rows, one.poison + other.poison, made,
        min(firsts, default=None), max(lasts, default=None), one.schemas | other.schemas,
    )  # fmt: skip


class LogWriter:
    """Writes one object of the event log, a row group per batch, so that memory does not grow with the range."""

    def __init__(self, path: Path, book: SchemaBook, *, only_sound: bool = False) -> None:
        self._book = book
        self._only_sound = only_sound
        self._schema = pl.DataFrame(schema=SCHEMA).to_arrow().schema
        self._writer = pq.ParquetWriter(path, self._schema, compression="snappy", **PLAIN)
        self.tally = Tally()

    def add(self, batch: Batch) -> None:
        rows, tally = decoded(batch, self._book)
        if self._only_sound:
            rows = rows.filter(pl.col("_rules").list.len() == 0)
            tally = replace(tally, rows=rows.height, poison=0)
        self._writer.write_table(rows.to_arrow().cast(self._schema))
        self.tally = add(self.tally, tally)

    def close(self) -> None:
        self._writer.close()


def tally_of(path: Path) -> Tally:
    """What an object that was written before holds: it is never written again, only counted."""
    total = Tally()
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            log = pl.DataFrame(pl.from_arrow(file.read_row_group(group, columns=["_value", "_schema", "_rules"])))
            sound = log.filter(pl.col("_rules").list.len() == 0)
            schemas = frozenset(sound["_schema"].drop_nulls().unique())
            events, _ = decode(sound["_value"].to_list())
            first, last = _days(events)
            made = row_counts(events.with_columns(event_type=event_type()))
            total = add(total, Tally(log.height, log.height - events.height, made, first, last, schemas))
    return total
