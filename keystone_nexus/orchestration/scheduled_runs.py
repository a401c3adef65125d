"""Runs that a schedule asked for: one that came to nothing is asked for again, as everything that is asked for by itself.

A schedule asks once for each of its times. What it asked for carries the name of its work, so that `attempts` finds
what became of it; the next time of the schedule is work of its own, and the newest one is looked at alone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import dagster as dg
from dagster._core.storage.tags import SCHEDULE_NAME_TAG

from keystone_nexus.orchestration.attempts import NO_RETRIES, TAG, Try, Wait, attempt, done

LOOKS_BACK = timedelta(days=1)
"""Both schedules are daily: what is older is the next time's, or of a schedule that was stopped."""
PASSED_ON = "dagster/asset_partition_range_"
"""The tags that say which days a run is of."""


def tags_of(schedule: str, day: date) -> dict[str, str]:
    """What a schedule's run carries, so that it is asked for again by one mechanism alone."""
    return {TAG: f"{schedule}-{day}", **NO_RETRIES}


def again(instance: dg.DagsterInstance, schedule: str, job: str) -> dg.RunRequest | Wait:
    """The run that takes the place of a schedule's newest one, or why there is none now."""
    since = datetime.now(UTC) - LOOKS_BACK
    asked = dg.RunsFilter(job_name=job, tags={SCHEDULE_NAME_TAG: schedule}, created_after=since)
    newest = next(iter(instance.get_runs(asked, limit=1)), None)
    work = newest.tags.get(TAG) if newest else None
    if newest is None or work is None:
        return Wait(f"{schedule}: nothing was asked for within a day")
    if done(instance, work):
        return Wait(f"{schedule}: {work} is done")
    found = attempt(instance, work, until_change=True)
    if isinstance(found, Wait):
        return Wait(f"{schedule}: {found.why}", found.until)
    days = {key: value for key, value in newest.tags.items() if key.startswith(PASSED_ON)}
    return _request(found, job, days)


def _request(found: Try, job: str, days: dict[str, str]) -> dg.RunRequest:
    return dg.RunRequest(run_key=found.key, job_name=job, tags={**days, **found.tags})
