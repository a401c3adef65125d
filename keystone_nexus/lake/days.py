"""Publishes the days of a table: one object per day that has rows, none for a day that has none."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from keystone_nexus.lake.layout import UNDATED
from keystone_nexus.lake.store import Store

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


def publish_days(store: Store, staged: Path, folder: str, first: date, last: date) -> dict[date, tuple[str, int]]:
    """Puts staged days below a folder of the lake, each at once, and removes days of the range that lost their rows.

    Returns day -> (SHA-256, bytes).
    """
    found = {day_of(path.parent): path for path in sorted(staged.glob(f"*/*/*/{OBJECT}"))}
    digests = {day: digest_and_size(path) for day, path in found.items() if day is not None}
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    store.replace(
        {object_key(folder, day): path for day, path in found.items()},
        gone=[object_key(folder, day) for day in days if day not in digests],
    )
    return digests


def publish_object(store: Store, staged: Path, key: str) -> tuple[str, int]:
    """Puts one staged file in its place. Returns its SHA-256 and bytes."""
    found = digest_and_size(staged)
    store.replace({key: staged})
    return found


def object_key(folder: str, day: date | None) -> str:
    """The key of a day's object below a folder of the lake (`silver/orders`)."""
    return f"{folder}/{partition_of(day)}/{OBJECT}"


def digest_and_size(path: Path) -> tuple[str, int]:
    content = path.read_bytes()
    return hashlib.sha256(content).hexdigest(), len(content)
