"""What of silver and quarantine was built, from which ledger position, with which outcome: an append-only log.

A run appends one record per step (`silver/_builds/<time>-<process>.parquet`) after its files are published; the
newest record of a (table, day) counts. A day without a record at a position that covers its last change is
pending. Days without rows are recorded too. Undated tables and the undated quarantine of dated ones have no day.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from keystone_nexus.contracts.catalog import contract_version
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.publish import write_new

SCHEMA: dict[str, pl.DataType] = {
    "table": pl.String(),
    "day": pl.Date(),
    "silver": pl.Int64(),
    "quarantined": pl.Int64(),
    "superseded": pl.Int64(),
    "rejects": pl.String(),  # JSON: rule -> rows
    "warnings": pl.String(),  # JSON: warning -> rows
    "money": pl.String(),  # JSON: column -> sum as text
    "bytes": pl.Int64(),
    "silver_sha256": pl.String(),
    "quarantine_sha256": pl.String(),
}
RECORD: dict[str, pl.DataType] = SCHEMA | {
    "position": pl.Int64(),
    "contract": pl.String(),
    "run_id": pl.String(),
    "built_at": pl.Datetime("us"),
    "sequence": pl.Int64(),
}
MANY = 64
"""Records above which they are folded into one, so that reading stays cheap."""


def folder(lake: Lake) -> Path:
    return lake.layer("silver") / "_builds"


def append(lake: Lake, outcome: pl.DataFrame, position: int, run_id: str) -> None:
    """Records what a step built. `outcome` has the columns of SCHEMA."""
    sequence = time.time_ns()
    record = outcome.with_columns(
        position=pl.lit(position, pl.Int64),
        contract=pl.lit(contract_version()),
        run_id=pl.lit(run_id),
        built_at=pl.lit(sequence // 1000).cast(pl.Datetime("us")),
        sequence=pl.lit(sequence),
    )
    _write(lake, record, sequence)


def read(lake: Lake) -> pl.DataFrame:
    """The newest record of each (table, day): columns of RECORD. Raises Refused for a file that is no record."""
    paths = sorted(folder(lake).glob("[0-9]*.parquet"))
    if not paths:
        return pl.DataFrame(schema=RECORD)
    every = pl.concat([_read(p) for p in paths])
    return every.sort("sequence", maintain_order=True).unique(["table", "day"], keep="last", maintain_order=True)


def fold(lake: Lake) -> None:
    """Folds many records into one. The caller holds the lake's lock, and no day is being built."""
    paths = sorted(folder(lake).glob("[0-9]*.parquet"))
    if len(paths) <= MANY:
        return
    newest = read(lake)
    _write(lake, newest, int(paths[-1].name.split("-")[0]) + 1)
    for path in paths:
        path.unlink()


def void(lake: Lake, run_ids: Iterable[str]) -> None:
    """Forgets what runs recorded that died before their events were stored: their days are pending again."""
    dead = set(run_ids)
    for path in folder(lake).glob("[0-9]*.parquet") if dead else ():
        record = _read(path)
        if dead & set(record["run_id"].unique()):
            kept = record.filter(~pl.col("run_id").is_in(dead))
            if kept.height:
                _write(lake, kept, int(path.name.split("-")[0]) + 1)
            path.unlink()


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path, glob=False).select(list(RECORD))
    except pl.exceptions.PolarsError as error:
        why = str(error).splitlines()[0]
        raise Refused(f"{path} is not a record of builds ({why}): remove it, then `keystone run --all`") from error


def _write(lake: Lake, record: pl.DataFrame, sequence: int) -> None:
    folder(lake).mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    record.select(*(pl.col(name).cast(kind) for name, kind in RECORD.items())).write_parquet(
        buffer, compression="snappy"
    )
    while not write_new(folder(lake) / f"{sequence:020d}-{os.getpid()}.parquet", buffer.getvalue()):
        sequence += 1
