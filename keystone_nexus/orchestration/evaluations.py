"""What Dagster's event log holds of asset checks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

EVALUATED = {AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}


class Evaluated(NamedTuple):
    """A check's evaluation, and when it was made (UTC)."""

    evaluation: dg.AssetCheckEvaluation
    at: datetime


def newest_evaluations(
    instance: dg.DagsterInstance, keys: Sequence[dg.AssetCheckKey]
) -> dict[dg.AssetCheckKey, Evaluated]:
    """The newest evaluation of each check that has one. A run that planned a check and died before it says nothing."""
    storage = instance.event_log_storage
    found: dict[dg.AssetCheckKey, Evaluated] = {}
    for key, newest in storage.get_latest_asset_check_execution_by_key(keys).items():
        records = [newest]
        if newest.status not in EVALUATED:
            records = storage.get_asset_check_execution_history(key, limit=1, status=EVALUATED)
        for record in records:
            evaluation = record.evaluation
            if isinstance(evaluation, dg.AssetCheckEvaluation):
                at = datetime.fromtimestamp(record.create_timestamp, UTC).replace(tzinfo=None)
                found[key] = Evaluated(evaluation, at)
    return found
