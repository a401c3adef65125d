"""An undated table as one object, sorted by key: in parts of the key where it is large.

A table of ten million rows (geolocation at scale 10) would take gigabytes at once. Its judged rows go to one file per
beginning of the key, in one pass, and each file is then resolved alone; since the object is sorted by key, the order
of the parts is its own.
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
from keystone_nexus.transforms.fold import versions
from keystone_nexus.transforms.resolve import QUARANTINED, SILVER, resolve

ROWS_AT_ONCE = 2_000_000
BEGINNING = 2
"""Characters of the key by which a large table is parted: a hundred parts of zip codes."""
ROWS_BUFFERED = 16 * 1024
"""Rows of a part that wait in memory."""
ROW_GROUP = 128 * 1024


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What became of a table's rows: silver is in the file, `rejected` has `_version`, `_mask`, `_day` (null)."""

    silver: int
    superseded: int
    rejected: pl.DataFrame
    folds: pl.DataFrame | None = None


def build_snapshot(spec: Table, bronze: Bronze, path: Path) -> Snapshot:
    """Writes the table's silver to `path`."""
    schema = pl.DataFrame(schema={c.name: DTYPES[c.kind] for c in spec.columns}).to_arrow().schema
    silver, superseded = 0, 0
    rejected: list[pl.DataFrame] = []
    folded = None
    parts = _parts(spec, bronze, path.with_suffix(".parts"))
    if bronze.has_events(spec.name):
        judged, folded = versions(spec, bronze)
        parts = iter([judged])
        superseded = folded.absorbed.height if folded else 0
    with pq.ParquetWriter(path, schema, compression="snappy") as writer:
        for judged in parts:
            winners, rejects = _whole_row_key(spec, judged) if _key_is_row(spec) else _by_key(spec, judged)
            silver += winners.height
            superseded += judged.height - winners.height - rejects.height
            rejected.append(rejects)
            writer.write_table(_arrow(winners, schema), row_group_size=ROW_GROUP)
    return Snapshot(silver, superseded, pl.concat(rejected), folded.texts if folded else None)


def _parts(spec: Table, bronze: Bronze, folder: Path) -> Iterator[pl.DataFrame]:
    """The judged rows, all versions of a key in one part, in the order of the keys' beginnings."""
    judged = judge(spec, bronze.scan(spec.name))
    if bronze.rows(spec.name) <= ROWS_AT_ONCE:
        yield judged.collect()
        return
    key = spec.column(spec.key[0])
    assert key.kind == "text", "texts and their beginnings have one order"
    beginning = pl.col(key.name).str.head(BEGINNING).fill_null("")
    judged.with_columns(__part=beginning.str.encode("hex")).sink_parquet(
        pl.PartitionBy(
            folder,
            key="__part",
            include_key=False,
            approximate_bytes_per_file=None,
            file_path_provider=lambda file: f"{file.partition_keys.item()}.parquet",
        ),
        compression="lz4",
        statistics=False,
        row_group_size=ROWS_BUFFERED,
        mkdir=True,
    )
    for part in sorted(folder.glob("*.parquet")):
        yield pl.read_parquet(part, glob=False)
        part.unlink()


def read_parts(spec: Table, path: Path) -> Iterator[pl.DataFrame]:
    """A written snapshot in parts that share no key; one at least, if without rows."""
    held: pl.DataFrame | None = None
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE // 2):
            rows = pl.DataFrame(pl.from_arrow(batch))
            rows = rows if held is None else pl.concat([held, rows])
            # Rows of the last key may go on in the next batch; sorted by key, they stand at the end.
            last = rows.join(rows.tail(1).select(spec.key), on=spec.key, how="semi", nulls_equal=True).height
            yield rows.head(rows.height - last)
            held = rows.tail(last)
    yield held if held is not None else pl.read_parquet(path, glob=False)


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
