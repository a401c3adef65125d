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
BUDGET, DAY, ODD = "reject_budget", "row_rules", "oddities"
RECORDED = ("contract", "unique_key", "foreign_keys")
"""Checks of the built rows themselves, whose failures the builds recorded by day."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says of an asset, or of one day of it. `severity` is WARN or ERROR.

    Without a partition it speaks of the whole table. `passed` is None where it was not evaluated.
    """

    asset: str
    check: str
    partition: str | None
    passed: bool | None
    severity: str
    rows_checked: int
    rows_failed: int
    detail: dict[str, Any] = field(default_factory=dict[str, Any])
    accepted: str | None = None

    @property
    def blocks(self) -> bool:
        return not self.passed and self.severity == "ERROR" and self.accepted is None

    def sentence(self) -> str:
        """What it says, and of what."""
        where = f"{self.asset}{' ' + self.partition if self.partition else ''}"
        if self.passed is None:
            return f"{where}: {self.check} was not evaluated: no build of it is recorded, run `keystone run`"
        if self.passed:
            return f"{where}: {self.summary()}"
        return f"{where}: {self.check} failed: {self.rows_failed:,} of {self.rows_checked:,} rows{self._rules()}"

    def summary(self) -> str:
        """Its figures, for a page that says elsewhere of what it speaks: `2017-11-05: 144 rows, 0 rejected`."""
        if self.passed is None:
            return "not evaluated: no build is recorded"
        of = f"{self.partition}: " if self.partition else ""
        late = f"; {self.detail['pending']:,} rows are not built yet" if self.detail.get("pending") else ""
        said = SAID.get(self.check, "{rows:,} rows, {failed:,} failed")
        figures = said.format(rows=self.rows_checked, failed=self.rows_failed)
        return f"{of}{figures}{self._rules()}{late}"

    def _rules(self) -> str:
        counted = self.detail.get("rejects") or self.detail.get("failed") or {}
        rules = ", ".join(f"{rule} {rows:,}" for rule, rows in counted.items() if isinstance(rows, int))
        return f" ({rules})" if rules else ""


SAID = {
    DAY: "{rows:,} rows, {failed:,} rejected",
    BUDGET: "{rows:,} rows, {failed:,} rejected",
    "contract": "{rows:,} rows, {failed:,} values against the contract",
    "unique_key": "{rows:,} rows, {failed:,} with a key that is not theirs alone",
    "foreign_keys": "{rows:,} rows, {failed:,} without a valid parent",
    "reconciliation": "{rows:,} rows of bronze, {failed:,} unaccounted for",
    ODD: "{rows:,} rows, {failed:,} odd values",
}
"""Check -> how its figures read."""


def table_verdicts(
    spec: Table, built: pl.DataFrame, unbuilt: Mapping[str, int], acceptances: Iterable[Acceptance]
) -> list[Verdict]:
    """The whole-table checks that the builds' records answer, whatever part of the table was built last.

    `built`: the table's newest builds. `unbuilt`: table -> rows that no build has judged. An accepted day does not make
    the verdict of all days an error.
    """
    found = _table_verdicts(spec, built, unbuilt, acceptances)
    return [apply(verdict, acceptances) for verdict in found]


def _table_verdicts(
    spec: Table, built: pl.DataFrame, unbuilt: Mapping[str, int], acceptances: Iterable[Acceptance]
) -> list[Verdict]:
    names = [name for name in RECORDED if name != "foreign_keys" or spec.foreign_keys]
    found = [_recorded_verdict(spec, name, built, unbuilt.get(spec.name, 0)) for name in names]
    found.append(budget_verdict(spec, built, unbuilt))
    if spec.dated:
        days = [apply(day, acceptances) for day in day_verdicts(spec, built)]
        found.append(_all_days_verdict(spec, days, unbuilt.get(spec.name, 0)))
    if spec.warnings:
        found.append(_oddities_verdict(spec, built, unbuilt.get(spec.name, 0)))
    return found


def _recorded_verdict(spec: Table, check: str, built: pl.DataFrame, waiting: int) -> Verdict:
    """One that was not made for every part of what is built was not made for the table.

    What has no day of a dated table is rejected rows alone: there is nothing to check.
    """
    any_built = built.height > 0
    built = built.filter(pl.col("day").is_not_null()) if spec.dated else built
    failed: dict[str, int] = {}
    for text in built["checks"].drop_nulls().filter(built["checks"].drop_nulls() != "{}"):
        for what, rows in json.loads(text).get(check, {}).items():
            failed[what] = failed.get(what, 0) + rows
    known = any_built and not built["checks"].null_count()
    passed = not failed if known or failed else None
    rows = int(built["silver"].sum())
    detail = {"failed": failed, "pending": waiting}
    return Verdict(_asset(spec), check, None, passed, "ERROR", rows, sum(failed.values()), detail)


def _oddities_verdict(spec: Table, built: pl.DataFrame, waiting: int) -> Verdict:
    odd, rows = sum_counts(built["warnings"]), int(built["silver"].sum())
    passed = not any(odd.values()) if built.height else None
    return Verdict(
        _asset(spec), ODD, None, passed, "WARN", rows, sum(odd.values()), {"failed": odd, "pending": waiting}
    )


def _all_days_verdict(spec: Table, days: list[Verdict], waiting: int) -> Verdict:
    """The verdict of all days: as bad as the worst of them, which it names."""
    failed = [v for v in days if not v.passed]
    return Verdict(
        _asset(spec),
        DAY,
        None,
        passed=not failed if days else None,
        severity="ERROR" if any(v.blocks for v in failed) else "WARN",
        rows_checked=sum(v.rows_checked for v in days),
        rows_failed=sum(v.rows_failed for v in failed),
        detail={"days": {v.partition: v.rows_failed for v in failed}, "pending": waiting},
    )


def _asset(spec: Table) -> str:
    return f"silver/{spec.name}"


def budget_verdict(spec: Table, built: pl.DataFrame, unbuilt: Mapping[str, int]) -> Verdict:
    """The table's rejects against its budget, over all of its days. `built`: the table's newest builds.

    `unbuilt`: table -> rows that no build has judged. Rejects without a day are known for the whole table as soon as
    one day is built: they are held against the whole table, not against that day alone.
    """
    silver, quarantined = int(built["silver"].sum()), int(built["quarantined"].sum())
    of_days = int(built.filter(pl.col("day").is_not_null() | (not spec.dated))["quarantined"].sum())
    over = _over(spec, of_days, silver) or _over(spec, quarantined, silver + unbuilt.get(spec.name, 0))
    return Verdict(
        _asset(spec),
        BUDGET,
        None,
        passed=quarantined == 0 if built.height else None,
        severity="ERROR" if over else "WARN",
        rows_checked=silver + quarantined,
        rows_failed=quarantined,
        detail={
            "rejects": sum_counts(built["rejects"]),
            "budget": spec.reject_budget,
            "pending": unbuilt.get(spec.name, 0),
        },
    )


def _over(spec: Table, rejects: int, others: int) -> bool:
    # As text, 0.29 is 29 %; as a float it is a hair less, and the row at the edge would be one too many.
    return rejects > MANY_ROWS and rejects > Decimal(str(spec.reject_budget)) * (rejects + others)


def day_verdict(spec: Table, day: date, silver: int, quarantined: int, rejects: dict[str, int]) -> Verdict:
    """One day's own verdict: passed without rejects, else WARN, ERROR where they are many."""
    rows = silver + quarantined
    many = quarantined > DAY_BUDGET * rows and quarantined > MANY_ROWS
    return Verdict(
        _asset(spec),
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
    """The verdicts that withhold gold: failed or never evaluated, and not accepted.

    `built`: newest builds of all tables. `unbuilt`: table -> rows that no build has judged.
    """
    found: list[Verdict] = []
    if not built.height and not any(unbuilt.values()):
        return []  # a lake without rows has nothing to judge
    for name, spec in tables().items():
        mine = built.filter(pl.col("table") == name)
        if not mine.height:
            found.append(table_verdicts(spec, mine, unbuilt, acceptances)[0])  # one says that there is none
            continue
        bad_days = mine.filter((pl.col("quarantined") > MANY_ROWS) & pl.col("day").is_not_null())
        found += [v for v in table_verdicts(spec, mine, unbuilt, acceptances) if v.check not in (DAY, ODD)]
        found += [apply(day, acceptances) for day in day_verdicts(spec, bad_days)]
    return [v for v in found if v.blocks]


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
