"""Whether what was built may go on to gold: verdicts from what the builds counted (semantics.md, "Gates").

They are computed from the lake's own records, so that a gate that failed in one run still holds in the next.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from keystone_nexus.contracts.catalog import Table, tables
from keystone_nexus.lake.acceptances import Acceptance

MANY_ROWS = 10
DAY_BUDGET = 0.10
BUDGET, DAY = "reject_budget", "row_rules"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says of an asset, or of one day of it. `severity` is WARN or ERROR."""

    asset: str
    check: str
    partition: str | None
    passed: bool
    severity: str
    rows_checked: int
    rows_failed: int
    detail: dict[str, Any] = field(default_factory=dict[str, Any])
    accepted: str | None = None

    @property
    def blocks(self) -> bool:
        return not self.passed and self.severity == "ERROR" and self.accepted is None

    def sentence(self) -> str:
        where = f"{self.asset}{' ' + self.partition if self.partition else ''}"
        rules = ", ".join(f"{rule} {rows:,}" for rule, rows in self.detail.get("rejects", {}).items())
        return f"{where}: {self.check} failed: {self.rows_failed:,} of {self.rows_checked:,} rows" + (
            f" ({rules})" if rules else ""
        )


def budget_verdict(spec: Table, built: pl.DataFrame, unbuilt: Mapping[str, int]) -> Verdict:
    """The table's rejects against its budget, over all of its days. `built`: the table's newest builds.

    `unbuilt`: table -> rows that no build has judged. Rejects without a day are known for the whole table as soon as
    one day is built: they are held against the whole table, not against that day alone.
    """
    silver, quarantined = int(built["silver"].sum()), int(built["quarantined"].sum())
    of_days = int(built.filter(pl.col("day").is_not_null() | (not spec.dated))["quarantined"].sum())
    over = _over(spec, of_days, silver) or _over(spec, quarantined, silver + unbuilt.get(spec.name, 0))
    return Verdict(
        f"silver/{spec.name}",
        BUDGET,
        None,
        passed=quarantined == 0,
        severity="ERROR" if over else "WARN",
        rows_checked=silver + quarantined,
        rows_failed=quarantined,
        detail={"rejects": sum_counts(built["rejects"]), "budget": spec.reject_budget},
    )


def _over(spec: Table, rejects: int, others: int) -> bool:
    # As text, 0.29 is 29 %; as a float it is a hair less, and the row at the edge would be one too many.
    return rejects > MANY_ROWS and rejects > Decimal(str(spec.reject_budget)) * (rejects + others)


def day_verdict(spec: Table, day: date, silver: int, quarantined: int, rejects: dict[str, int]) -> Verdict:
    """One day's own verdict: passed without rejects, else WARN, ERROR where they are many."""
    rows = silver + quarantined
    many = quarantined > DAY_BUDGET * rows and quarantined > MANY_ROWS
    return Verdict(
        f"silver/{spec.name}",
        DAY,
        str(day),
        passed=quarantined == 0,
        severity="ERROR" if many else "WARN",
        rows_checked=rows,
        rows_failed=quarantined,
        detail={"rejects": rejects},
    )


def day_verdicts(spec: Table, built: pl.DataFrame) -> list[Verdict]:
    """The verdicts of all days in `built` (columns of `builds.SCHEMA`)."""
    rows = built.filter(pl.col("day").is_not_null()).select("day", "silver", "quarantined", "rejects")
    return [day_verdict(spec, d, s, q, json.loads(r) if q else {}) for d, s, q, r in rows.iter_rows()]


def breaches(built: pl.DataFrame, acceptances: Iterable[Acceptance], unbuilt: Mapping[str, int]) -> list[Verdict]:
    """The verdicts that withhold gold: over budget and not accepted. `built`: newest builds of all tables.

    `unbuilt`: table -> rows that no build has judged.
    """
    found: list[Verdict] = []
    for name, spec in tables().items():
        mine = built.filter(pl.col("table") == name)
        bad_days = mine.filter((pl.col("quarantined") > MANY_ROWS) & pl.col("day").is_not_null())
        found += [budget_verdict(spec, mine, unbuilt), *day_verdicts(spec, bad_days)]
    return [v for v in (apply(v, acceptances) for v in found) if v.blocks]


def apply(verdict: Verdict, acceptances: Iterable[Acceptance]) -> Verdict:
    """The verdict with the acceptance that covers it, if one does."""
    if verdict.passed:
        return verdict
    today = datetime.now(UTC).date()
    for one in acceptances:
        if one.covers(verdict.asset, verdict.check, verdict.partition, today):
            note = f"accepted by {one.by} at {one.at}: {one.reason}" + (f" (until {one.until})" if one.until else "")
            return Verdict(
                verdict.asset, verdict.check, verdict.partition, verdict.passed, verdict.severity,
                verdict.rows_checked, verdict.rows_failed, verdict.detail, note,
            )  # fmt: skip
    return verdict


def sum_counts(columns: Iterable[str]) -> dict[str, int]:
    """Sums JSON objects of counts, key by key."""
    total: dict[str, int] = {}
    for text in columns:
        if text != "{}":
            for key, count in json.loads(text).items():
                total[key] = total.get(key, 0) + count
    return total
