"""Compares what silver and quarantine hold with what bronze, resolved anew, gives: values, not only counts.

Rows are compared by a digest for each day, in whatever order they stand; the rows of a day that differs are then
looked at one by one, so that the breach can be named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from keystone_nexus.contracts.catalog import Table, dated_tables, undated_tables
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.days import OBJECT, object_key
from keystone_nexus.lake.lake import Lake
from keystone_nexus.transforms.pending import Pending
from keystone_nexus.transforms.rejects import quarantine_rows
from keystone_nexus.transforms.resolver import Resolved, Resolver
from keystone_nexus.transforms.snapshot import build_snapshot

REMEDY = "run `keystone run --all`"
ROWS_AT_ONCE = 500_000


def unlike_bronze(lake: Lake, bronze: Bronze, late: Pending, sound: Collection[str]) -> Iterator[str]:
    """What is not as bronze says. `late` is not compared; `sound` are the keys of the objects that can be read."""
    resolver = Resolver(bronze)
    for spec in dated_tables():
        resolved = resolver.table(spec.name)
        yield from _dated(lake, bronze, spec, resolved, set(late.days.get(spec.name, [])), sound)
        if not late.undated:
            nowhere = resolved.where(pl.col("_day").is_null())
            rejects = quarantine_rows(spec, bronze, nowhere.rejected, nowhere.folds)
            yield from _undated_rejects(lake, spec, rejects, sound)
    for spec in undated_tables():
        if spec.name not in late.tables:
            yield from _whole(lake, bronze, spec, sound)


def _dated(
    lake: Lake, bronze: Bronze, spec: Table, resolved: Resolved, late: set[date], sound: Collection[str]
) -> Iterator[str]:
    dated = resolved.where(pl.col("_day").is_not_null() & ~pl.col("_day").is_in(sorted(late)))
    silver = dated.silver.select(*(c.name for c in spec.columns), "_day")
    yield from _by_day(lake, "silver", spec, silver, late, sound)
    rejects = quarantine_rows(spec, bronze, dated.rejected, dated.folds)
    yield from _by_day(lake, "quarantine", spec, rejects, late, sound)


def _by_day(
    lake: Lake, layer: str, spec: Table, expected: pl.DataFrame, late: set[date], sound: Collection[str]
) -> Iterator[str]:
    folder = f"{layer}/{spec.name}"
    found = _published(lake, folder, expected, late, sound)
    digests = _digests(expected).join(_digests(found), on="_day", how="full", coalesce=True, suffix="_found")
    for day, rows, one, rows_found, other in digests.sort("_day").iter_rows():
        if object_key(folder, day) not in sound and rows_found is None and rows is not None:
            continue  # missing or damaged, which its digest has told
        if rows != rows_found:
            yield f"{folder} {day}: {rows_found or 0:,} rows, bronze says {rows or 0:,}: {REMEDY}"
        elif one != other:
            on_day = pl.col("_day") == day
            named = _first_difference(spec, layer, found.filter(on_day), expected.filter(on_day))
            yield f"{folder} {day}: {rows:,} rows as bronze says, but not its values ({named}): {REMEDY}"


def _published(lake: Lake, folder: str, like: pl.DataFrame, late: set[date], sound: Collection[str]) -> pl.DataFrame:
    """The rows of all sound objects of the days that are not pending, with `_day` of the folder they lie in."""
    days = _days_of(folder, sound)
    wanted = {key: day for key, day in days.items() if day not in late}
    paths = lake.store.files(list(wanted))
    if not paths:
        return like.clear()
    names = pl.DataFrame({"_path": [str(path) for path in paths], "_day": list(wanted.values())})
    rows = pl.scan_parquet(paths, glob=False, include_file_paths="_path", hive_partitioning=False).drop(
        "_day", strict=False
    )
    return rows.join(names.lazy(), on="_path").select(like.columns).cast(pl.Schema(like.schema)).collect()


def _days_of(folder: str, sound: Collection[str]) -> dict[str, date]:
    """Key -> day of the dated objects below a folder."""
    found: dict[str, date] = {}
    for key in sound:
        if key.startswith(f"{folder}/year=") and key.count("/") == 5:
            year, month, day = (int(part.partition("=")[2]) for part in key.split("/")[2:5])
            if year:
                found[key] = date(year, month, day)
    return found


def _digests(rows: pl.DataFrame) -> pl.DataFrame:
    """Day -> rows, and a sum of their digests, which no order changes."""
    return rows.select("_day", _row=_plain(rows).hash_rows()).group_by("_day").agg(pl.len(), pl.col("_row").sum())


def _plain(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows without lists, whose digests Polars does not know."""
    lists = [name for name, kind in rows.schema.items() if isinstance(kind, pl.List)]
    return rows.with_columns(pl.col(name).list.join("\0") for name in lists)


def _first_difference(spec: Table, layer: str, found: pl.DataFrame, expected: pl.DataFrame) -> str:
    """One row that differs, by its key, and its columns that do."""
    key = list(spec.key) if layer == "silver" else ["_source_object", "_source_row"]
    found, expected = _plain(found), _plain(expected)
    odd = found.join(expected, on=found.columns, how="anti", nulls_equal=True).sort(key)
    if not odd.height:
        return "a row is there twice"
    row = odd.row(0, named=True)
    same = expected.join(odd.head(1).select(key), on=key, how="semi", nulls_equal=True)
    name = ", ".join(f"{column} {row[column]}" for column in key)
    if not same.height:
        return f"{name} is not there by bronze"
    other = same.row(0, named=True)
    return f"{name}: {', '.join(column for column in row if row[column] != other[column])}"


def _undated_rejects(lake: Lake, spec: Table, expected: pl.DataFrame, sound: Collection[str]) -> Iterator[str]:
    key = object_key(f"quarantine/{spec.name}", None)
    if key in sound:
        found = pl.read_parquet(lake.store.file(key), glob=False)
        yield from _alike(key, found.select(expected.columns).cast(pl.Schema(expected.schema)), expected)
    elif expected.height and not lake.store.exists(key):
        yield f"{key} is missing, with {expected.height:,} rejected rows: {REMEDY}"


def _whole(lake: Lake, bronze: Bronze, spec: Table, sound: Collection[str]) -> Iterator[str]:
    """An undated table and its rejects, built anew beside the lake."""
    with lake.store.staging() as folder:
        anew = folder / "silver.parquet"
        snapshot = build_snapshot(spec, bronze, anew)
        key = f"silver/{spec.name}/{OBJECT}"
        if key in sound:
            rows, there = _sum(anew), _sum(lake.store.file(key))
            if rows != there:
                what = f"{there[0]:,} rows, bronze says {rows[0]:,}" if rows[0] != there[0] else "not bronze's values"
                yield f"{key}: {what}: {REMEDY}"
        rejects = quarantine_rows(spec, bronze, snapshot.rejected, snapshot.folds)
    yield from _undated_rejects(lake, spec, rejects, sound)


def _alike(key: str, found: pl.DataFrame, expected: pl.DataFrame) -> Iterator[str]:
    rows = [(frame.height, _wrapped(_plain(frame))) for frame in (found, expected)]
    if rows[0][0] != rows[1][0]:
        yield f"{key}: {found.height:,} rows, bronze says {expected.height:,}: {REMEDY}"
    elif rows[0] != rows[1]:
        yield f"{key}: not the rows that bronze gives: {REMEDY}"


def _sum(path: Path) -> tuple[int, int]:
    """Rows of a file, and a sum of their digests, some at a time."""
    rows, total = 0, 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE):
            frame = pl.DataFrame(pl.from_arrow(batch))
            rows += frame.height
            total = (total + _wrapped(frame)) % (1 << 64)
    return rows, total


def _wrapped(rows: pl.DataFrame) -> int:
    return int(rows.hash_rows().sum()) if rows.height else 0
