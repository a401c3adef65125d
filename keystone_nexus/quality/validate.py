"""Holds what was built to its contract once more, by Pandera itself: the gate behind the split.

The split (`rules`) decides row by row in one pass; Pandera validates the finished table against the same model:
columns and types (drift), nulls, ranges, domains, and the key. A difference between the two is a bug of ours, and
it stops here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

UNIQUE = "multiple_fields_uniqueness"


@dataclass(frozen=True, slots=True)
class Validation:
    """Rows checked, and failures by check; `duplicates` are rows whose key is not theirs alone."""

    rows: int
    failures: dict[str, int]
    duplicates: int


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


def validate(name: str, frame: pl.DataFrame) -> Validation:
    """Validates a silver table, or some of its days, against its contract."""
    import pandera.errors

    from keystone_nexus.contracts.registry import model

    try:
        model(name).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        counts = cases.group_by("column", "check").len().iter_rows()
        failures = {f"{column}: {check}": rows for column, check, rows in counts if check != UNIQUE}
        return Validation(frame.height, failures, cases.filter(pl.col("check") == UNIQUE).height)
    return Validation(frame.height, {}, 0)
