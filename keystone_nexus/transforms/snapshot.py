"""An undated table as one object, sorted by key: in passes over parts of the key where it is large.

A table of ten million rows (geolocation at scale 10) would take gigabytes at once. Passes by the key's first
character take a part of it each; since the object is sorted by key, they also give its order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from keystone_nexus.contracts.catalog import Table
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.quality.rules import DTYPES, judge
from keystone_nexus.transforms.resolve import QUARANTINED, SILVER, resolve

ROWS_AT_ONCE = 2_000_000
ROW_GROUP = 128 * 1024


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What became of a table's rows: silver is in the file, `rejected` has `_version`, `_mask`, `_day` (null)."""

    silver: int
    superseded: int
    rejected: pl.DataFrame


def build_snapshot(spec: Table, bronze: Bronze, path: Path) -> Snapshot:
    """Writes the table's silver to `path`."""
    schema = pl.DataFrame(schema={c.name: DTYPES[c.kind] for c in spec.columns}).to_arrow().schema
    silver, superseded = 0, 0
    rejected: list[pl.DataFrame] = []
    with pq.ParquetWriter(path, schema, compression="snappy") as writer:
        for rows in _passes(spec, bronze):
            judged = judge(spec, rows).collect()
            winners, rejects = _whole_row_key(spec, judged) if _key_is_row(spec) else _by_key(spec, judged)
            silver += winners.height
            superseded += judged.height - winners.height - rejects.height
            rejected.append(rejects)
            writer.write_table(_arrow(winners, schema), row_group_size=ROW_GROUP)
    return Snapshot(silver, superseded, pl.concat(rejected))


def _passes(spec: Table, bronze: Bronze) -> Iterator[pl.LazyFrame]:
    rows = bronze.scan(spec.name)
    if bronze.rows(spec.name) <= ROWS_AT_ONCE:
        yield rows
        return
    source = spec.column(spec.key[0]).source
    first = pl.col(source).str.strip_chars().str.head(1)
    heads = rows.select(first.unique().sort()).collect().to_series().to_list()
    for head in heads:
        yield rows.filter(first.eq_missing(pl.lit(head, pl.String)))


def _key_is_row(spec: Table) -> bool:
    return set(spec.key) == {c.name for c in spec.columns}


def _whole_row_key(spec: Table, judged: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Where the key is the whole row, equal rows are equally valid: sort once and keep the first of each."""
    ordered = judged.lazy().filter(pl.col("_mask") == 0).select(spec.key).sort(spec.key)
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in spec.key)
    first = ~same | (pl.int_range(pl.len()) == 0)
    return ordered.filter(first).collect(), _rejects(judged.filter(pl.col("_mask") != 0))


def _by_key(spec: Table, judged: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = resolve(judged, spec.key)
    winners = rows.filter(pl.col("_status") == SILVER).select(c.name for c in spec.columns).sort(spec.key)
    return winners, _rejects(rows.filter(pl.col("_status") == QUARANTINED))


def _rejects(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("_version", "_mask", _day=pl.lit(None, pl.Date))


def _arrow(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    return frame.to_arrow().cast(schema)
