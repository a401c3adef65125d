"""Reads bronze: the rows of a table over all its objects, in the order of their versions.

Every row carries `_version` = object ordinal * 2^32 + record number: comparing two versions is comparing two
integers, and a version names its object and record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from keystone_nexus.contracts.catalog import table
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import Ledger

ROW_BITS = 32
EXTRA = ("_source_row", "_raw", "_broken")


@dataclass(frozen=True)
class Bronze:
    """Bronze as of a ledger position."""

    lake: Lake
    ledger: Ledger

    def objects(self, name: str) -> list[str]:
        """Lake keys of the table's objects; the index in this list is the object's ordinal."""
        return [file.object for _, file in self.ledger.files(name)]

    def path(self, key: str) -> Path:
        return self.lake.root / key

    def rows(self, name: str) -> int:
        return sum(file.rows for _, file in self.ledger.files(name))

    def scan(self, name: str, columns: Sequence[str] | None = None) -> pl.LazyFrame:
        """Source columns as text, `_raw`, `_broken`, `_version` and `_arrived` (UTC date of the entry)."""
        spec = table(name)
        wanted = list(columns if columns is not None else spec.source_columns)
        parts = [
            pl.scan_parquet(self.path(file.object), glob=False)
            .select(*wanted, *EXTRA)
            .with_columns(
                _version=version(ordinal, pl.col("_source_row")),
                _arrived=pl.lit(entry.arrived, dtype=pl.Date),
            )
            for ordinal, (entry, file) in enumerate(self.ledger.files(name))
            if file.rows
        ]
        return pl.concat(parts) if parts else _empty(wanted)


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
