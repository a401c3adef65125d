"""The newest verdict of every check: days and budgets from the lake's own records, all others from Dagster."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import dagster as dg
import polars as pl

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake import builds, ledger
from keystone_nexus.lake.acceptances import Acceptance, accepted
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration.checks import verdict_of
from keystone_nexus.orchestration.evaluations import Evaluated, newest_evaluations
from keystone_nexus.quality.gates import BUDGET, DAY, Verdict, apply, budget_verdict, day_verdicts
from keystone_nexus.transforms.pending import unbuilt


def newest_verdicts(instance: dg.DagsterInstance, keys: Iterable[dg.AssetCheckKey], lake: Lake) -> list[dict[str, Any]]:
    """`{asset, check, partition, passed, severity, rows_checked, rows_failed, at, accepted}`, by asset and check."""
    acceptances = accepted(lake)
    keys = [key for key in keys if key.name not in (DAY, BUDGET)]
    found = [_of_dagster(key, newest, acceptances) for key, newest in newest_evaluations(instance, keys).items()]
    built = builds.read(lake)
    rest = unbuilt(Bronze(lake, ledger.read(lake)), built)
    for spec in tables().values():
        mine = built.filter(pl.col("table") == spec.name)
        if mine.height:
            # Dagster's own record of the budget is older than the undated rows, which a step of their own writes.
            found.append(_row(apply(budget_verdict(spec, mine, rest), acceptances), max(mine["built_at"])))
        if not spec.dated:
            continue
        times = dict(mine.select("day", "built_at").iter_rows())
        for verdict in day_verdicts(spec, mine.filter(pl.col("day").is_not_null()).sort("day")):
            found.append(
                _row(apply(verdict, acceptances), times[datetime.fromisoformat(str(verdict.partition)).date()])
            )
    return sorted(found, key=lambda v: (v["asset"], v["check"], v["partition"] or ""))


def _of_dagster(key: dg.AssetCheckKey, newest: Evaluated, acceptances: list[Acceptance]) -> dict[str, Any]:
    # An accepted breach was stored as a warning; the lake's acceptances say whether it still is one.
    return _row(apply(verdict_of(key, newest.evaluation), acceptances), newest.at)


def _row(verdict: Verdict, at: datetime) -> dict[str, Any]:
    return {
        "asset": verdict.asset,
        "check": verdict.check,
        "partition": verdict.partition,
        "passed": verdict.passed,
        "severity": verdict.severity,
        "rows_checked": verdict.rows_checked,
        "rows_failed": verdict.rows_failed,
        "at": at.replace(microsecond=0),
        "accepted": verdict.accepted,
    }
