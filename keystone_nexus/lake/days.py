"""Publishes the days of a table: one object per day that has rows, none for a day that has none."""

from __future__ import annotations

import hashlib
import os
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from keystone_nexus.lake.lake import UNDATED

PARTITION = ("year", "month", "day")
OBJECT = "part-0.parquet"


def partition_of(day: date | None) -> str:
    """`year=YYYY/month=MM/day=DD`, zero-padded: Athena's partition projection needs it."""
    return UNDATED if day is None else f"year={day:%Y}/month={day:%m}/day={day:%d}"


def day_of(partition: Path) -> date | None:
    """The day of a partition folder, None for the undated one."""
    year, month, day = (int(part.partition("=")[2]) for part in partition.parts[-3:])
    return date(year, month, day) if year else None


def write_days(rows: pl.DataFrame, folder: Path, *, keep_day: bool) -> None:
    """Writes rows, sorted within their `_day`, to one Parquet file per day below `folder`.

    The same rows give the same bytes, whatever other days are written with them.
    """
    if not rows.height:
        return
    forms = zip(PARTITION, ("%Y", "%m", "%d"), strict=True)
    keys = [pl.col("_day").dt.strftime(form).alias(f"__{name}") for name, form in forms]
    frame = rows.lazy().with_columns(keys)
    (frame if keep_day else frame.drop("_day")).sink_parquet(
        pl.PartitionBy(
            folder,
            key=[f"__{name}" for name in PARTITION],
            include_key=False,
            approximate_bytes_per_file=None,
            file_path_provider=lambda file: "/".join(
                (*(f"{n}={v}" for n, v in zip(PARTITION, file.partition_keys.row(0), strict=True)), OBJECT)
            ),
        ),
        compression="snappy",
        mkdir=True,
    )


def publish_days(staged: Path, target: Path, first: date, last: date) -> dict[date, tuple[str, int]]:
    """Moves staged days to their place, each at once, and removes days of the range that lost their rows.

    Returns day -> (SHA-256, bytes).
    """
    digests: dict[date, tuple[str, int]] = {}
    for source in sorted(staged.glob(f"*/*/*/{OBJECT}")):
        day = day_of(source.parent)
        assert day is not None
        digests[day] = publish_object(source, target / partition_of(day) / OBJECT)
    for offset in range((last - first).days + 1):
        day = first + timedelta(offset)
        if day not in digests:
            remove_object(target / partition_of(day) / OBJECT)
    return digests


def publish_object(staged: Path, target: Path) -> tuple[str, int]:
    """Moves one file to its place, in one step. Returns its SHA-256 and bytes."""
    content = staged.read_bytes()
    while True:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(staged, target)
            break
        except FileNotFoundError:
            # A run of another day removed the month's folder, with its last day, in between.
            if not staged.exists():
                raise
    return hashlib.sha256(content).hexdigest(), len(content)


def remove_object(path: Path) -> None:
    """Removes an object and the folders that it leaves empty."""
    try:
        path.unlink()
    except FileNotFoundError:
        return
    for folder in list(path.parents)[:3]:
        try:
            folder.rmdir()
        except OSError:
            return
