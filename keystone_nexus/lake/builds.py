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

import polars as pl

from keystone_nexus.contracts.catalog import contract_version
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.store import Store, parquet_keys

SCHEMA: dict[str, pl.DataType] = {
    "table": pl.String(),
    "day": pl.Date(),
    "silver": pl.Int64(),
    "quarantined": pl.Int64(),
    "superseded": pl.Int64(),
    "rejects": pl.String(),  # JSON: rule -> rows
    "warnings": pl.String(),  # JSON: warning -> rows
    "money": pl.String(),  # JSON: column -> sum as text
    "checks": pl.String(),  # JSON: check that failed -> what failed -> rows; null where nothing was checked
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
FOLDER = "silver/_builds/"
MANY = 64
"""Records above which they are folded into one, so that reading stays cheap."""


def _keys(store: Store) -> list[str]:
    """The records, oldest first."""
    return parquet_keys(store, FOLDER)


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
    store = lake.store
    keys = _keys(store)
    if not keys:
        return pl.DataFrame(schema=RECORD)
    every = pl.concat(_read(store, keys))
    return every.sort("sequence", maintain_order=True).unique(["table", "day"], keep="last", maintain_order=True)


def fold(lake: Lake) -> None:
    """Folds many records into one. The caller holds the lake's lock, and no day is being built."""
    keys = _keys(lake.store)
    if len(keys) <= MANY:
        return
    newest = read(lake)
    _write(lake, newest, _sequence(keys[-1]) + 1)
    lake.store.remove(keys)


def void(lake: Lake, run_ids: Iterable[str]) -> None:
    """Forgets what runs recorded that died before their events were stored: their days are pending again."""
    dead = set(run_ids)
    keys = _keys(lake.store) if dead else []
    for key, record in zip(keys, _read(lake.store, keys), strict=True):
        if dead & set(record["run_id"].unique()):
            kept = record.filter(~pl.col("run_id").is_in(dead))
            if kept.height:
                _write(lake, kept, _sequence(key) + 1)
            lake.store.remove([key])


def _sequence(key: str) -> int:
    return int(key.removeprefix(FOLDER).split("-")[0])


def _read(store: Store, keys: list[str]) -> list[pl.DataFrame]:
    records: list[pl.DataFrame] = []
    for key, path in zip(keys, store.files(keys), strict=True):
        try:
            record = pl.read_parquet(path, glob=False)
            if "checks" not in record.columns:  # of a program that kept its verdicts elsewhere
                record = record.with_columns(checks=pl.lit(None, pl.String))
            records.append(record.select(list(RECORD)))
        except pl.exceptions.PolarsError as error:
            why = str(error).splitlines()[0]
            said = f"{store.name(key)} is not a record of builds ({why})"
            raise Refused(f"{said}: remove it, then `keystone run --all`") from error
    return records


def _write(lake: Lake, record: pl.DataFrame, sequence: int) -> None:
    buffer = io.BytesIO()
    record.select(*(pl.col(name).cast(kind) for name, kind in RECORD.items())).write_parquet(
        buffer, compression="snappy"
    )
    while not lake.store.put_new(f"{FOLDER}{sequence:020d}-{os.getpid()}.parquet", buffer.getvalue()):
        sequence += 1
