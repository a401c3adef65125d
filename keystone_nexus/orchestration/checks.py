"""From verdicts to Dagster's check results."""

from __future__ import annotations

from typing import Any

import dagster as dg

from keystone_nexus.quality.gates import Verdict
from keystone_nexus.transforms.reconcile import Balance

RECONCILIATION = "reconciliation"
SEVERITY = {"WARN": dg.AssetCheckSeverity.WARN, "ERROR": dg.AssetCheckSeverity.ERROR}


def asset_key(name: str) -> dg.AssetKey:
    return dg.AssetKey(name.split("/"))


def metadata_of(verdict: Verdict) -> dict[str, Any]:
    """What `keystone check` reads back: rows checked and failed, and the detail."""
    found: dict[str, Any] = {"rows_checked": verdict.rows_checked, "rows_failed": verdict.rows_failed}
    found |= {name: dg.MetadataValue.json(v) if isinstance(v, dict) else v for name, v in verdict.detail.items()}
    if verdict.accepted:
        found["accepted"] = verdict.accepted
    return found


def severity_of(verdict: Verdict) -> dg.AssetCheckSeverity:
    """An accepted breach is shown and does not block."""
    return SEVERITY["WARN" if verdict.accepted else verdict.severity]


def result(verdict: Verdict) -> dg.AssetCheckResult:
    """A whole-table verdict as Dagster knows it. One that was not evaluated has not passed."""
    return dg.AssetCheckResult(
        asset_key=asset_key(verdict.asset),
        check_name=verdict.check,
        passed=bool(verdict.passed),
        severity=severity_of(verdict),
        metadata=metadata_of(verdict),
        description=verdict.summary(),
    )


def evaluation(verdict: Verdict) -> dg.AssetCheckEvaluation:
    """One day's verdict, stored under its partition."""
    return dg.AssetCheckEvaluation(
        asset_key=asset_key(verdict.asset),
        check_name=verdict.check,
        passed=bool(verdict.passed),
        severity=severity_of(verdict),
        metadata=metadata_of(verdict),  # pyright: ignore[reportArgumentType]
        description=verdict.summary(),
        partition=verdict.partition,
    )


def verdict_of(key: dg.AssetCheckKey, evaluation: dg.AssetCheckEvaluation) -> Verdict:
    """A whole-table verdict as it was stored."""
    metadata: dict[str, Any] = {name: value.value for name, value in evaluation.metadata.items()}
    return Verdict(
        key.asset_key.to_user_string(),
        key.name,
        None,
        evaluation.passed,
        evaluation.severity.value,
        int(metadata.get("rows_checked") or 0),
        int(metadata.get("rows_failed") or 0),
    )


def reconciliation_verdict(balance: Balance) -> Verdict:
    """Whether a table's rows add up."""
    detail = {
        "bronze": balance.bronze,
        "silver": balance.silver,
        "quarantined": balance.quarantined,
        "superseded": balance.superseded,
        "pending": balance.pending,
    }
    return Verdict(
        f"silver/{balance.table}",
        RECONCILIATION,
        None,
        balance.difference == 0,
        "ERROR",
        balance.bronze,
        abs(balance.difference),
        detail,
    )
