"""Asking again for what came to nothing: one mechanism for everything that is asked for automatically.

What is to be done has a short name, the run carries it as a tag, and the run key names the run that tried it last: the
same state asks for the same run, and for another one when that run is over and the state is still the same. After a
fault of the machine, or of a process that died, it is asked for again once a wait has passed that doubles; after a
person cancelled it likewise, with longer waits; what was refused, or is wrong in data or models, may wait for a change
(`until_change`). Dagster's own retry of dead runs is switched off for these, so that one thing decides.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import dagster as dg
from dagster._core.storage.dagster_run import RunRecord

from keystone_nexus.orchestration.failures import CHANGE, MACHINE, PERSON, Failure, failure_of

TAG = "keystone/work"
FIRST_WAIT, LONGEST_WAIT = 10.0, 600.0
FIRST_AFTER_CANCEL, LONGEST_AFTER_CANCEL = 30.0, 3600.0
WAITS = {
    MACHINE: (FIRST_WAIT, LONGEST_WAIT),
    CHANGE: (FIRST_WAIT, LONGEST_WAIT),
    PERSON: (FIRST_AFTER_CANCEL, LONGEST_AFTER_CANCEL),
}
"""Whose fault it was -> seconds to the second try, and the most between two."""
ACTIVE = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
UNDER_WAY = [*ACTIVE, dg.DagsterRunStatus.CANCELING]
OVER = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
NO_RETRIES = {"dagster/max_retries": "0"}
"""The tag that keeps Dagster from starting a dead run anew: something else decides whether and when."""
LOOKED_AT = 10
"""Runs, newest first: enough failures in a row to have reached the longest wait."""


@dataclass(frozen=True, slots=True)
class Try:
    """The next run of some work: its key and its tags."""

    key: str
    tags: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Wait:
    """Why there is no run now, for people. `until` is None where it waits for something to change or to end."""

    why: str
    until: datetime | None = None


def named(work: str, state: object) -> str:
    """A short name for a state of any size: the work, and a digest of what it is to be done with."""
    return f"{work}-{hashlib.sha256(repr(state).encode()).hexdigest()[:32]}"


def attempt(instance: dg.DagsterInstance, work: str, *, until_change: bool = False) -> Try | Wait:
    """The next try at `work`, or why there is none now."""
    tags = {TAG: work}
    if instance.get_runs_count(dg.RunsFilter(tags=tags, statuses=UNDER_WAY)):
        return Wait("a run of it is under way")
    tried = instance.get_run_records(dg.RunsFilter(tags=tags, statuses=OVER), limit=LOOKED_AT)
    waiting = wait_after(instance, tried, until_change=until_change)
    if waiting is not None:
        return waiting
    after = f"-after-{tried[0].dagster_run.run_id}" if tried else ""
    return Try(f"{work}{after}", {**tags, **NO_RETRIES})


def done(instance: dg.DagsterInstance, work: str) -> bool:
    """Whether the newest run of some work succeeded."""
    tried = instance.get_run_records(dg.RunsFilter(tags={TAG: work}, statuses=OVER), limit=1)
    return bool(tried) and tried[0].dagster_run.status == dg.DagsterRunStatus.SUCCESS


def wait_after(
    instance: dg.DagsterInstance, tried: Sequence[RunRecord], *, until_change: bool, step: str | None = None
) -> Wait | None:
    """How long the runs that tried it, newest first, hold up another one; None where they do not.

    `step` is the one that matters of runs that hold others too.
    """
    came_to_nothing = in_vain(tried)
    if not came_to_nothing:
        return None
    newest = tried[0]
    if newest.dagster_run.status == dg.DagsterRunStatus.SUCCESS:
        said, whose = "succeeded, and there is as much to do as before", MACHINE
    else:
        failure = failure_of(instance, newest.dagster_run)
        failure = failure.of(step) if step else failure
        said, whose = _said(failure, came_to_nothing), failure.whose
    run = f"run {newest.dagster_run.run_id[:8]} {said}"
    if until_change and whose == CHANGE:
        return Wait(f"{run}; the same state is not tried again: correct what it names")
    due = newest.update_timestamp.timestamp() + seconds(whose, came_to_nothing)
    if time.time() >= due:
        return None
    until = datetime.fromtimestamp(due, UTC)
    return Wait(f"{run}; asked for again at {until:%H:%M:%S} UTC", until)


def _said(failure: Failure, times: int) -> str:
    how = failure.text if failure.whose == PERSON else f"failed ({failure.text})"
    return f"{how}, {times} times in a row" if times > 1 else how


def in_vain(tried: Sequence[RunRecord]) -> int:
    """How many of the newest runs in a row came to nothing: failed, or succeeded twice at what is still to be done."""
    succeeded = [record.dagster_run.status == dg.DagsterRunStatus.SUCCESS for record in tried]
    if not succeeded:
        return 0
    alike = next((n for n, one in enumerate(succeeded) if one != succeeded[0]), len(succeeded))
    return alike - 1 if succeeded[0] else alike


def seconds(whose: str, times: int) -> float:
    """From the last of so many tries in vain to the next one."""
    first, longest = WAITS[whose]
    return min(first * 2.0 ** (times - 1), longest)
