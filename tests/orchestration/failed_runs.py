"""Runs that ended as real ones do."""

from __future__ import annotations

import dagster as dg
from dagster._core.execution.plan.objects import StepFailureData
from dagster._utils.error import SerializableErrorInfo


def fail_step(
    instance: dg.DagsterInstance, run: dg.DagsterRun, step: str, error: str, said: str = "it went wrong"
) -> None:
    """As a run ends of which a step raised an error of ours."""
    info = SerializableErrorInfo(f"keystone_nexus.lake.errors.{error}: {said}\n", [], error)
    event = dg.DagsterEvent(
        "STEP_FAILURE", run.job_name, step_key=step, event_specific_data=StepFailureData(info, None)
    )
    instance.report_dagster_event(event, run.run_id)
    instance.report_run_failed(run)
