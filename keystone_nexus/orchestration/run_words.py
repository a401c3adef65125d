"""What is said of a run that ended: why it failed, and what follows. For alerts and the daemon's log."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

from keystone_nexus.orchestration.attempts import LOOKED_AT, OVER, TAG, in_vain, seconds
from keystone_nexus.orchestration.failures import CHANGE, PERSON, Failure
from keystone_nexus.orchestration.tried_assets import tried

BY_CONDITION = "dagster/from_automation_condition"
LOCKED = "is locked by"


def name_of(run: dg.DagsterRun) -> str:
    """Its job, or of one that Dagster made for some assets their names."""
    if not run.job_name.startswith("__"):
        return run.job_name
    keys = sorted(key.to_user_string() for key in run.asset_selection or ())
    layers = sorted({key.partition("/")[0] for key in keys})
    return ", ".join(keys) if len(keys) <= 3 else " and ".join(layers)


def alert_text(instance: dg.DagsterInstance, run: dg.DagsterRun, failure: Failure) -> str:
    """The sentence of an alert: what failed, in which run, why, and what to do."""
    return f"{name_of(run)} failed: {failure.text}. {what_to_do(instance, run, failure)} (run {run.run_id})"


def what_to_do(instance: dg.DagsterInstance, run: dg.DagsterRun, failure: Failure) -> str:
    """For the one who reads it: what has to be done, and what happens without it."""
    asked = TAG in run.tags or BY_CONDITION in run.tags
    if failure.whose == CHANGE:
        if run.job_name == "ingest":
            return "Correct the file that it names, and deliver it again: the same files are not tried again"
        return "Correct what it names: the same state may fail again"
    if not asked:
        what = "Let the holder finish, then run it again" if LOCKED in failure.text else "Run it again"
        return what if failure.whose == PERSON else f"{what}; if it names a disk or a service, mend that first"
    what = "Nothing, if the holder finishes" if LOCKED in failure.text else "Mend what it names of the machine"
    when = f"it is asked for again after {_until(instance, run, failure):%H:%M:%S} UTC"
    return f"To say no for good, stop the sensor in the UI: {when}" if failure.whose == PERSON else f"{what}: {when}"


def _until(instance: dg.DagsterInstance, run: dg.DagsterRun, failure: Failure) -> datetime:
    """When it is due again: how often it came to nothing decides."""
    if TAG in run.tags:
        runs = instance.get_run_records(dg.RunsFilter(tags={TAG: run.tags[TAG]}, statuses=OVER), limit=LOOKED_AT)
    else:
        keys = sorted(run.asset_selection or (), key=lambda key: key.to_user_string())
        runs = tried(instance, keys[0]) if keys else []
    ended = runs[0].update_timestamp if runs else datetime.now(UTC)
    return datetime.fromtimestamp(ended.timestamp() + seconds(failure.whose, max(in_vain(runs), 1)), UTC)
