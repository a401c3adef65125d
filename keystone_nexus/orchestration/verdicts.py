"""The newest verdict of every check: silver's from the lake's own records, all others from Dagster."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import polars as pl

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake import builds, ledger
from keystone_nexus.lake.acceptances import Acceptance, accepted
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration.checks import RECONCILIATION, reconciliation_verdict, verdict_of
from keystone_nexus.orchestration.evaluations import Evaluated, newest_evaluations
from keystone_nexus.quality.gates import Verdict, apply, day_verdicts, table_verdicts
from keystone_nexus.transforms.pending import unbuilt
from keystone_nexus.transforms.reconcile import balances


def newest_verdicts(instance: dg.DagsterInstance, keys: Iterable[dg.AssetCheckKey], lake: Lake) -> list[dict[str, Any]]:
    """`{asset, check, partition, passed, severity, rows_checked, rows_failed, at, accepted}`, by asset and check.

    A check that was never evaluated, or whose verdict was lost, is there with `passed` and `at` None.
    """
    acceptances = accepted(lake)
    found = _of_the_lake(lake, acceptances)
    known = {(row["asset"], row["check"]) for row in found}
    keys = [key for key in keys if (key.asset_key.to_user_string(), key.name) not in known]
    newest = newest_evaluations(instance, keys)
    found += [_of_dagster(key, newest[key], acceptances) if key in newest else _missing(key, lake) for key in keys]
    return sorted(found, key=lambda v: (v["asset"], v["check"], v["partition"] or ""))


def _of_the_lake(lake: Lake, acceptances: list[Acceptance]) -> list[dict[str, Any]]:
    """What the builds' own records say, which is of the whole table whatever part of it was built last."""
    built = builds.read(lake)
    rest = unbuilt(Bronze(lake, ledger.read(lake)), built)
    found: list[dict[str, Any]] = []
    for spec in tables().values():
        mine = built.filter(pl.col("table") == spec.name)
        at = max(mine["built_at"]) if mine.height else None
        found += [_row(v, at) for v in table_verdicts(spec, mine, rest, acceptances)]
        if spec.dated:
            times = dict(mine.select("day", "built_at").iter_rows())
            for verdict in day_verdicts(spec, mine.filter(pl.col("day").is_not_null()).sort("day")):
                day = datetime.fromisoformat(str(verdict.partition)).date()
                found.append(_row(apply(verdict, acceptances), times[day]))
    return found


def _of_dagster(key: dg.AssetCheckKey, newest: Evaluated, acceptances: list[Acceptance]) -> dict[str, Any]:
    # An accepted breach was stored as a warning; the lake's acceptances say whether it still is one.
    return _row(apply(verdict_of(key, newest.evaluation), acceptances), newest.at)


def _missing(key: dg.AssetCheckKey, lake: Lake) -> dict[str, Any]:
    """What nobody has said, or nobody remembers. Whether the rows add up is counted anew."""
    asset = key.asset_key.to_user_string()
    if key.name == RECONCILIATION and ledger.read(lake).entries:
        return _row(recounted(lake, asset.partition("/")[2]), datetime.now(UTC).replace(tzinfo=None))
    severity = "ERROR" if key.asset_key.path[0] in ("silver", "gold") else "WARN"
    return _row(Verdict(asset, key.name, None, None, severity, 0, 0), None)


def recounted(lake: Lake, name: str) -> Verdict:
    """The reconciliation of a table, counted from the lake."""
    (balance,) = balances(lake, Bronze(lake, ledger.read(lake)), [name])
    return reconciliation_verdict(balance)


def _row(verdict: Verdict, at: datetime | None) -> dict[str, Any]:
    return {
        "asset": verdict.asset,
        "check": verdict.check,
        "partition": verdict.partition,
        "passed": verdict.passed,
        "severity": verdict.severity,
        "rows_checked": verdict.rows_checked,
        "rows_failed": verdict.rows_failed,
        "at": at.replace(microsecond=0) if at else None,
        "accepted": verdict.accepted,
    }
