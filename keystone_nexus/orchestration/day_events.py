"""Per-day events of a range run: metadata of each day's materialisation, and each day's check verdict.

A check logged by `context.log_event` is written alone (30 ms); here all verdicts of a step carry one batch id, so
that the storage writes them at once. That is internal API of Dagster, kept in one function and pinned by a test;
where it is missing, the public way is taken.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg


@dataclass(frozen=True, slots=True)
class DayMaterialization:
    """One day of one asset with its figures."""

    asset_key: dg.AssetKey
    partition: str
    metadata: dict[str, Any]


def log_days(
    context: dg.AssetExecutionContext,
    days: Sequence[DayMaterialization],
    verdicts: Sequence[dg.AssetCheckEvaluation],
) -> None:
    """Gives the days their metadata (Dagster emits them when the step yields its results) and logs the verdicts."""
    for day in days:
        context.add_asset_metadata(day.metadata, asset_key=day.asset_key, partition_key=day.partition)
    try:
        _log_batch(context, verdicts)
    except (ImportError, AttributeError, TypeError):
        for verdict in verdicts:
            context.log_event(verdict)


def _log_batch(context: dg.AssetExecutionContext, verdicts: Sequence[dg.AssetCheckEvaluation]) -> None:
    from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata, DagsterEventType

    step = context.get_step_execution_context()
    batch = str(uuid.uuid4())
    for number, verdict in enumerate(verdicts, start=1):
        DagsterEvent.from_step(
            DagsterEventType.ASSET_CHECK_EVALUATION,
            step,
            verdict,
            f"{verdict.check_name} of {verdict.partition}",
            batch_metadata=DagsterEventBatchMetadata(batch, is_end=number == len(verdicts)),
        )
