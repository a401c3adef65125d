"""Holds what was built to its contract once more, by Pandera itself: the gate behind the split.

The split (`rules`) decides row by row in one pass; Pandera validates the finished table against the same model:
columns and types (drift), nulls, ranges, domains, and the key. A difference between the two is a bug of ours, and
it stops here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

UNIQUE = "multiple_fields_uniqueness"


@dataclass(frozen=True, slots=True)
class Validation:
    """Rows checked, and failures by check; `duplicates` are rows whose key is not theirs alone.

    `days` says the same of each day that has a failure, where days were given.
    """

    rows: int
    failures: dict[str, int]
    duplicates: int
    days: dict[date, Validation] = field(default_factory=dict["date", "Validation"])


def validate_parts(name: str, parts: Iterable[pl.DataFrame]) -> Validation:
    """Validates a table of which no two parts share a key."""
    rows, failures, duplicates = 0, dict[str, int](), 0
    for part in parts:
        found = validate(name, part)
        rows += found.rows
        duplicates += found.duplicates
        for check, count in found.failures.items():
            failures[check] = failures.get(check, 0) + count
    return Validation(rows, failures, duplicates)


def validate(name: str, frame: pl.DataFrame, days: pl.Series | None = None) -> Validation:
    """Validates a silver table, or some of its days, against its contract. `days` are those of the rows.

    A failure of the whole frame (a column that is missing) is one of every day.
    """
    import pandera.errors
    from pandera.config import ValidationDepth, config_context

    from keystone_nexus.contracts.registry import model

    try:
        # Pandera's own variables could switch this gate off.
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            model(name).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        return _validation(frame.height, cases, {} if days is None else _by_day(cases, days))
    return Validation(frame.height, {}, 0)


def _validation(rows: int, cases: pl.DataFrame, days: dict[date, Validation]) -> Validation:
    counts = cases.group_by("column", "check").len().iter_rows()
    failures = {f"{column}: {check}": failed for column, check, failed in counts if check != UNIQUE}
    return Validation(rows, failures, cases.filter(pl.col("check") == UNIQUE).height, days)


def _by_day(cases: pl.DataFrame, days: pl.Series) -> dict[date, Validation]:
    rows: dict[date, int] = dict(days.value_counts().iter_rows())
    numbers = days.to_frame("_day").with_row_index("index").select(pl.col("index").cast(pl.Int64), "_day")
    dated = cases.with_columns(pl.col("index").cast(pl.Int64)).join(numbers, on="index", how="left")
    found = {day: dated.filter((pl.col("_day") == day) | pl.col("_day").is_null()) for day in rows}
    return {day: _validation(rows[day], failed, {}) for day, failed in found.items() if failed.height}
