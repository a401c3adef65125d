"""A schedule asks once; what it asked for and came to nothing is asked for again until it is done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import dagster as dg
import pytest
from dagster._core.storage.tags import SCHEDULE_NAME_TAG

from keystone_nexus.definitions import defs
from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.orchestration import attempts, scheduled_runs
from keystone_nexus.orchestration.attempts import NO_RETRIES, TAG, Wait
from keystone_nexus.orchestration.partitions import range_tags
from keystone_nexus.orchestration.scheduled_runs import again, tags_of
from tests.orchestration.failed_runs import fail_step

RUN = dg.DagsterRunStatus
DAYS = range_tags(date(2018, 8, 1), date(2018, 8, 1))
WORK = tags_of("daily", date(2018, 8, 2))


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def asked(instance: dg.DagsterInstance, status: RUN, work: dict[str, str] = WORK) -> dg.DagsterRun:
    tags = {**DAYS, **work, SCHEDULE_NAME_TAG: "daily"}
    return instance.add_run(dg.DagsterRun("lakehouse", tags=tags, status=status))


def daily(instance: dg.DagsterInstance) -> dg.RunRequest | str:
    found = again(instance, "daily", "lakehouse")
    return found.why if isinstance(found, Wait) else found


@pytest.fixture
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "WAITS", dict.fromkeys(attempts.WAITS, (0.0, 0.0)))


def test_both_schedules_name_their_work_and_leave_retries_to_one_thing(
    monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    monkeypatch.setenv("KEYSTONE_SOURCE", "/nowhere")
    at = datetime(2018, 8, 2, 2, tzinfo=UTC)
    for schedule in defs.schedules or []:
        assert isinstance(schedule, dg.ScheduleDefinition)
        tick = schedule.evaluate_tick(dg.build_schedule_context(instance, scheduled_execution_time=at))
        (request,) = tick.run_requests or []
        assert request.tags[TAG] == f"{schedule.name}-{request.run_key}"
        assert request.tags["dagster/max_retries"] == "0"


@pytest.mark.usefixtures("no_wait")
@pytest.mark.parametrize("status", [RUN.FAILURE, RUN.CANCELED])
def test_a_daily_run_that_came_to_nothing_is_asked_for_again_with_its_days(
    instance: dg.DagsterInstance, status: RUN
) -> None:
    first = asked(instance, status)
    found = daily(instance)
    assert isinstance(found, dg.RunRequest)
    assert found.run_key == f"daily-2018-08-02-after-{first.run_id}"
    assert found.job_name == "lakehouse"
    assert found.tags == {**DAYS, TAG: "daily-2018-08-02", **NO_RETRIES}


def test_it_waits_and_says_until_when(instance: dg.DagsterInstance) -> None:
    fail_step(instance, asked(instance, RUN.STARTED), "bronze", EnvironmentFault.__name__, "the lake is locked by 7")
    said = daily(instance)
    assert isinstance(said, str)
    assert said.startswith("daily: run ")
    assert "the lake is locked by 7" in said
    assert "asked for again at" in said


@pytest.mark.usefixtures("no_wait")
def test_what_the_data_made_fail_waits_for_the_next_day(instance: dg.DagsterInstance) -> None:
    fail_step(instance, asked(instance, RUN.STARTED), "bronze", Refused.__name__, "orders.csv lacks `x`")
    assert "the same state is not tried again" in str(daily(instance))


@pytest.mark.usefixtures("no_wait")
def test_what_is_under_way_done_or_of_a_later_day_is_not_asked_for(instance: dg.DagsterInstance) -> None:
    assert daily(instance) == "daily: nothing was asked for within a day"
    asked(instance, RUN.FAILURE)
    instance.add_run(dg.DagsterRun("lakehouse", tags=WORK, status=RUN.STARTED))
    assert daily(instance) == "daily: a run of it is under way"
    asked(instance, RUN.SUCCESS, tags_of("daily", date(2018, 8, 3)))
    assert daily(instance) == "daily: daily-2018-08-03 is done"


@pytest.mark.usefixtures("no_wait")
def test_a_run_of_days_ago_is_left_alone(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a schedule that was stopped, or of a daemon that slept: the next time of the schedule is what counts."""
    asked(instance, RUN.FAILURE)
    monkeypatch.setattr(scheduled_runs, "LOOKS_BACK", -scheduled_runs.LOOKS_BACK)
    assert daily(instance) == "daily: nothing was asked for within a day"
