"""Per table: what was kept, rejected and why, whether the rows add up, how fresh they are, and each day's verdict."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from keystone_nexus.analytics.quality_dashboard.checks import CheckResult, Outcome, counts, from_verdict
from keystone_nexus.contracts.catalog import Table, tables
from keystone_nexus.lake.acceptances import Acceptance, accepted
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.builds import read
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import Ledger
from keystone_nexus.quality.gates import BUDGET, apply, budget_verdict, day_verdict, sum_counts
from keystone_nexus.transforms.pending import Pending, pending, unbuilt
from keystone_nexus.transforms.reconcile import Balance, balances


@dataclass(frozen=True, slots=True)
class DayQuality:
    """One day of a table. `state` is its verdict, or `pending`, or `empty` where it has no row."""

    day: date
    state: str
    silver: int
    quarantined: int
    rejects: dict[str, int]
    note: str | None


@dataclass(frozen=True, slots=True)
class RuleCount:
    """A rule or a warning, what it says, and the rows that broke it."""

    name: str
    meaning: str
    rows: int
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class TableQuality:
    """All that the page says of one table."""

    spec: Table
    balance: Balance
    budget: CheckResult | None
    checks: list[CheckResult]
    days: list[DayQuality]
    rules: list[RuleCount]
    warnings: list[RuleCount]
    arrived_at: str | None
    built_at: datetime | None
    pending: bool
    undated: int

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def kept(self) -> int:
        """Rows of silver and quarantine, and those that wait: rejects without a day are of all of them."""
        return self.balance.silver + self.balance.quarantined + self.balance.pending

    @property
    def share(self) -> Decimal | None:
        return Decimal(self.balance.quarantined) / self.kept if self.kept else None

    @property
    def allowed(self) -> int:
        """Rejects up to which the budget holds."""
        return int(Decimal(str(self.spec.reject_budget)) * self.kept)

    @property
    def budget_used(self) -> Decimal | None:
        return Decimal(self.balance.quarantined) / self.allowed if self.allowed else None

    @property
    def outcomes(self) -> dict[Outcome, int]:
        return counts(self.checks)

    def days_of(self, state: str) -> int:
        return sum(1 for day in self.days if day.state == state)

    @property
    def odd_days(self) -> list[DayQuality]:
        """The days that did not pass: failed, warned, pending, and of each the newest first."""
        states = ("failed", "warned", "pending")
        found = [day for day in reversed(self.days) if day.state in states]
        return sorted(found, key=lambda day: states.index(day.state))


def table_qualities(lake: Lake, ledger: Ledger, checks: Sequence[CheckResult]) -> list[TableQuality]:
    """All tables in reading order. Budgets and days come from the lake's own records, other checks from `checks`."""
    bronze, built, known = Bronze(lake, ledger), read(lake), accepted(lake)
    late, rest = pending(lake, bronze, built), unbuilt(bronze, built)
    sums = {one.table: one for one in balances(lake, bronze)}
    return [
        _quality(spec, sums[name], built.filter(pl.col("table") == name), late, rest, ledger, checks, known)
        for name, spec in tables().items()
    ]


def _quality(
    spec: Table,
    balance: Balance,
    built: pl.DataFrame,
    late: Pending,
    rest: dict[str, int],
    ledger: Ledger,
    checks: Sequence[CheckResult],
    known: list[Acceptance],
) -> TableQuality:
    built_at = max(built["built_at"]) if built.height else None
    budget = from_verdict(apply(budget_verdict(spec, built, rest), known), built_at) if built_at else None
    others = [c for c in checks if c.table == spec.name and c.partition is None and c.check != BUDGET]
    sources = ledger.sources(spec.name)
    return TableQuality(
        spec,
        balance,
        budget,
        sorted([*others, *([budget] if budget else [])], key=lambda c: (c.asset, c.check)),
        _days(spec, built, set(late.days.get(spec.name, [])), known),
        _rules(sum_counts(built["rejects"]), spec.rules(), balance),
        _rules(sum_counts(built["warnings"]), spec.warnings, balance),
        sources[-1][0].at if sources else None,
        built_at,
        spec.name in late.tables or spec.name in late.days or (spec.dated and late.undated),
        int(built.filter(pl.col("day").is_null())["quarantined"].sum()) if spec.dated else 0,
    )


def _days(spec: Table, built: pl.DataFrame, late: set[date], known: list[Acceptance]) -> list[DayQuality]:
    found: dict[date, DayQuality] = {day: DayQuality(day, "pending", 0, 0, {}, None) for day in late}
    rows = built.filter(pl.col("day").is_not_null()).select("day", "silver", "quarantined", "rejects", "built_at")
    for day, silver, quarantined, rejects, at in rows.iter_rows():
        if day not in late:
            by_rule: dict[str, int] = json.loads(rejects) if quarantined else {}
            verdict = apply(day_verdict(spec, day, silver, quarantined, by_rule), known)
            state = from_verdict(verdict, at).outcome if silver + quarantined else "empty"
            found[day] = DayQuality(day, state, silver, quarantined, by_rule, verdict.accepted)
    return [found[day] for day in sorted(found)]


def _rules(rows: dict[str, int], meanings: dict[str, str], balance: Balance) -> list[RuleCount]:
    total = balance.silver + balance.quarantined + balance.pending
    ordered = sorted(rows.items(), key=lambda item: (-item[1], item[0]))
    return [RuleCount(name, meanings.get(name, ""), n, Decimal(n) / total if total else None) for name, n in ordered]
