"""Asking for a run again when it came to nothing: a run key that never changed would ask once, whatever became of it.

A key names what is to be done and which run tried it last: the same state asks for the same run, and for another one
when that run is over and the state is still the same; after a failure, once a wait has passed that doubles. Dagster's
own retry of dead runs is switched off for these, so that one thing decides.
"""

from __future__ import annotations

import time

import dagster as dg

TAG = "keystone/work"
FIRST_WAIT, LONGEST_WAIT = 10.0, 600.0
ACTIVE = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
OVER = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
LOOKED_AT = 10
"""Runs, newest first: enough failures in a row to have reached the longest wait."""


def attempt(instance: dg.DagsterInstance, work: str) -> tuple[str, dict[str, str]] | None:
    """The run key and the tags of the next try at `work`; None while one is under way, or is not due yet."""
    tags = {TAG: work}
    if instance.get_runs_count(dg.RunsFilter(tags=tags, statuses=[*ACTIVE, dg.DagsterRunStatus.CANCELING])):
        return None
    tried = instance.get_run_records(dg.RunsFilter(tags=tags, statuses=OVER), limit=LOOKED_AT)
    failures = next(
        (n for n, record in enumerate(tried) if record.dagster_run.status == dg.DagsterRunStatus.SUCCESS), len(tried)
    )
    if failures and time.time() < tried[0].update_timestamp.timestamp() + _wait(failures):
        return None
    after = f"-after-{tried[0].dagster_run.run_id}" if tried else ""
    return f"{work}{after}", {**tags, "dagster/max_retries": "0"}


def _wait(failures: int) -> float:
    """Seconds from the last failure to the next try."""
    return min(FIRST_WAIT * 2.0 ** (failures - 1), LONGEST_WAIT)
