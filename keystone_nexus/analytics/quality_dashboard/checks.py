"""The newest evaluations of asset checks, as whoever keeps them hands them over, and what each one came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from keystone_nexus.quality.gates import Verdict

Outcome = Literal["passed", "warned", "failed", "missing"]
OUTCOMES: tuple[Outcome, ...] = ("passed", "warned", "failed", "missing")
"""`missing` is a check that was not evaluated, or whose verdict was lost."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The fields of one row of `keystone check --json`. `at` is UTC; `partition` is None for a whole-table check.

    `passed` and `at` are None for a check that was not evaluated.
    """

    asset: str
    check: str
    partition: str | None
    passed: bool | None
    severity: str
    rows_checked: int
    rows_failed: int
    at: datetime | None
    accepted: str | None = None

    @property
    def table(self) -> str:
        return self.asset.rpartition("/")[2]

    @property
    def outcome(self) -> Outcome:
        return outcome(self.passed, self.severity, self.accepted)


def outcome(passed: bool | None, severity: str, accepted: str | None) -> Outcome:
    """A breach that was accepted is a warning."""
    if passed is None:
        return "missing"
    if passed:
        return "passed"
    return "failed" if severity == "ERROR" and accepted is None else "warned"


def from_verdict(verdict: Verdict, at: datetime) -> CheckResult:
    """A verdict that is computed from the lake's own records."""
    return CheckResult(
        verdict.asset, verdict.check, verdict.partition, verdict.passed, verdict.severity,
        verdict.rows_checked, verdict.rows_failed, at, verdict.accepted,
    )  # fmt: skip


def counts(checks: Iterable[CheckResult]) -> dict[Outcome, int]:
    found = Counter(check.outcome for check in checks)
    return {one: found[one] for one in OUTCOMES}
