"""Asking for a run again when it failed: a run key that never changed would ask once, whatever became of the run.

A key names what is to be done and which try it is: the same state asks for the same run, a failure for another one
after a wait that doubles. Dagster's own retry of dead runs is switched off for these, so that one thing decides.
"""

from __future__ import annotations

import time

import dagster as dg

from keystone_nexus.orchestration.pending_runs import ACTIVE

TAG = "keystone/work"
FIRST_WAIT, LONGEST_WAIT = 10.0, 600.0


def attempt(instance: dg.DagsterInstance, work: str) -> tuple[str, dict[str, str]] | None:
    """The run key and the tags of the next try at `work`; None while one is under way, or is not due yet."""
    records = instance.get_run_records(dg.RunsFilter(tags={TAG: work}))
    if any(record.dagster_run.status in ACTIVE for record in records):
        return None
    failed = [record for record in records if record.dagster_run.status == dg.DagsterRunStatus.FAILURE]
    if failed:
        wait = min(FIRST_WAIT * 2 ** (len(failed) - 1), LONGEST_WAIT)
        ended = max(record.update_timestamp.timestamp() for record in failed)
        if time.time() < ended + wait:
            return None
    return f"{work}-{len(failed)}", {TAG: work, "dagster/max_retries": "0"}
