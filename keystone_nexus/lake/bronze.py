"""Reads bronze: the rows of a table over all its objects, in the order of their versions.

Every row carries `_version` = object ordinal * 2^32 + record number: comparing two versions is comparing two
integers, and a version names its object and record. A row that an event made has instead of the record number its
offset within the range and its number within the event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from keystone_nexus.contracts.catalog import table
from keystone_nexus.lake.event_log import made_rows
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import BronzeFile, Entry, Ledger, OffsetRange
from keystone_nexus.wire.rows import part_bits
from keystone_nexus.wire.vocabulary import SOURCES

ROW_BITS = 32
EXTRA = ("_source_row", "_raw", "_broken")
ORDER = ("_event_id", "_event_time", "_rank")


@dataclass(frozen=True)
class Bronze:
    """Bronze as of a ledger position."""

    lake: Lake
    ledger: Ledger

    def objects(self, name: str) -> list[str]:
        """Lake keys of the table's objects; the index in this list is the object's ordinal."""
        return [str(one.object) for _, one in self.ledger.sources(name)]

    def file(self, key: str) -> Path:
        """An object to read. One that is only staged, for a dry run, is named by its whole path."""
        return Path(key) if key.startswith("/") else self.lake.store.file(key)

    def rows(self, name: str) -> int:
        """Records of its files, and rows made of events."""
        sources = [one for _, one in self.ledger.sources(name)]
        return sum(one.rows if isinstance(one, BronzeFile) else one.made[name] for one in sources)

    def scan(self, name: str, columns: Sequence[str] | None = None) -> pl.LazyFrame:
        """Source columns as text, `_raw`, `_broken`, `_version` and `_arrived` (UTC date of the entry)."""
        spec = table(name)
        wanted = list(columns if columns is not None else spec.source_columns)
        parts = [
            pl.scan_parquet(self.file(file.object), glob=False)
            .select(*wanted, *EXTRA)
            .with_columns(
                _version=version(ordinal, pl.col("_source_row")),
                _arrived=pl.lit(entry.arrived, dtype=pl.Date),
            )
            for ordinal, (entry, file) in enumerate(self.ledger.sources(name))
            if isinstance(file, BronzeFile) and file.rows
        ]
        return pl.concat(parts) if parts else _empty(wanted)

    def events(self, name: str, orders: pl.Series | None = None) -> pl.DataFrame:
        """The rows that events made, all or those of some orders: what `scan` has, and what puts them in order.

        `_event_id`, `_event_time`, `_rank` (of its type), `_source_object`, `_source_row` (the offset).
        """
        spec = table(name)
        columns = [*spec.source_columns, *EXTRA, "_version", "_arrived", *ORDER, "_source_object"]
        parts = [
            self._made(name, ordinal, entry, one, orders).select(columns)
            for ordinal, (entry, one) in enumerate(self._ranges(name))
            if one is not None
        ]
        return pl.concat(parts) if parts else _no_events(list(spec.source_columns))

    def has_events(self, name: str) -> bool:
        return any(one is not None for _, one in self._ranges(name))

    def _ranges(self, name: str) -> list[tuple[Entry, OffsetRange | None]]:
        """By ordinal: the ranges, None where the object is a file's."""
        if name not in SOURCES:
            return []
        return [(e, one if isinstance(one, OffsetRange) else None) for e, one in self.ledger.sources(name)]

    def _made(self, name: str, ordinal: int, entry: Entry, one: OffsetRange, orders: pl.Series | None) -> pl.DataFrame:
        place = (pl.col("_offset") - one.first).cast(pl.UInt64) * (1 << part_bits()) + pl.col("_part")
        return made_rows(self.lake.store, one, name, orders).with_columns(
            _source_row=pl.col("_offset"),
            _raw=pl.lit(None, pl.String),
            _broken=pl.lit(None, pl.String),
            _version=version(ordinal, place),
            _arrived=pl.lit(entry.arrived, dtype=pl.Date),
            _source_object=pl.lit(one.object),
        )

    def every(self, name: str, columns: Sequence[str]) -> pl.LazyFrame:
        """Some columns and `_version` of all rows, of files and of events."""
        files = self.scan(name).select(*columns, "_version")
        if not self.has_events(name):
            return files
        return pl.concat([files, self.events(name).lazy().select(*columns, "_version")])


def version(ordinal: int, row: pl.Expr) -> pl.Expr:
    return row.cast(pl.UInt64) + pl.lit(ordinal << ROW_BITS, dtype=pl.UInt64)


def _empty(columns: Sequence[str]) -> pl.LazyFrame:
    schema: dict[str, pl.DataType] = {name: pl.String() for name in columns}
    schema |= {
        "_source_row": pl.UInt32(),
        "_raw": pl.String(),
        "_broken": pl.String(),
        "_version": pl.UInt64(),
        "_arrived": pl.Date(),
    }
    return pl.LazyFrame(schema=schema)


def _no_events(columns: Sequence[str]) -> pl.DataFrame:
    extra: dict[str, pl.DataType] = {
        "_source_row": pl.Int64(),
        "_event_id": pl.String(),
        "_event_time": pl.Datetime("us"),
        "_rank": pl.UInt8(),
        "_source_object": pl.String(),
    }
    return _empty(columns).collect().with_columns(pl.lit(None, kind).alias(name) for name, kind in extra.items())
