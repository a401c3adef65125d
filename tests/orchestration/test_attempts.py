"""What failed is asked for again, after a wait that doubles; what is under way is not."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from keystone_nexus.orchestration import attempts
from keystone_nexus.orchestration.attempts import TAG, Try, Wait, attempt, seconds
from keystone_nexus.orchestration.failures import MACHINE, PERSON

RUN = dg.DagsterRunStatus


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def ran(instance: dg.DagsterInstance, status: RUN, work: str = "offsets 0 to 9") -> str:
    return instance.add_run(dg.DagsterRun("land_stream", tags={TAG: work}, status=status)).run_id


def key(instance: dg.DagsterInstance) -> str | None:
    found = attempt(instance, "offsets 0 to 9")
    return found.key if isinstance(found, Try) else None


def test_the_same_work_is_the_same_run(instance: dg.DagsterInstance) -> None:
    ran(instance, RUN.FAILURE, "other offsets")
    found = attempt(instance, "offsets 0 to 9")
    assert found == attempt(instance, "offsets 0 to 9")
    assert isinstance(found, Try)
    assert found.tags == {TAG: "offsets 0 to 9", "dagster/max_retries": "0"}, "one thing decides about another try"


@pytest.mark.parametrize("status", [RUN.STARTING, RUN.STARTED, RUN.CANCELING])
def test_what_is_under_way_is_not_asked_for(instance: dg.DagsterInstance, status: RUN) -> None:
    ran(instance, status)
    assert attempt(instance, "offsets 0 to 9") == Wait("a run of it is under way")


def test_a_run_that_was_never_handed_over_is_asked_for_by_its_own_key(instance: dg.DagsterInstance) -> None:
    """The daemon died between writing the run and launching it: Dagster goes on with the run of that key."""
    first = key(instance)
    ran(instance, RUN.NOT_STARTED)
    assert key(instance) == first


@pytest.mark.parametrize(("status", "wait"), [(RUN.FAILURE, 10), (RUN.CANCELED, 30)])
def test_a_run_that_came_to_nothing_is_followed_by_another(
    instance: dg.DagsterInstance, status: RUN, wait: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, run_id = key(instance), ran(instance, status)
    waiting = attempt(instance, "offsets 0 to 9")
    assert isinstance(waiting, Wait), "not at once"
    assert waiting.until is not None
    assert f"asked for again at {waiting.until:%H:%M:%S} UTC" in waiting.why
    _later(monkeypatch, wait - 2)
    assert key(instance) is None
    monkeypatch.undo()
    _later(monkeypatch, wait + 1)
    assert key(instance) == f"{first}-after-{run_id}"


def test_the_wait_doubles_up_to_its_longest_and_begins_anew_after_a_success(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [seconds(MACHINE, n) for n in (1, 2, 3, 7, 10)] == [10, 20, 40, 600, 600]
    assert [seconds(PERSON, n) for n in (1, 2, 3, 10)] == [30, 60, 120, 3600]
    for _ in range(attempts.LOOKED_AT + 1):
        ran(instance, RUN.FAILURE)
    _later(monkeypatch, 590)
    assert key(instance) is None
    ran(instance, RUN.SUCCESS)
    again = key(instance)
    assert again is not None, "a range that was landed, and is asked for again: it was taken out of the lake"
    assert again != "offsets 0 to 9"


def _later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = attempts.time.time()
    monkeypatch.setattr(attempts.time, "time", lambda: now + seconds)


def test_what_succeeded_and_is_still_to_be_done_waits_too(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that does nothing must not be asked for at every look."""
    ran(instance, RUN.SUCCESS)
    assert key(instance) is not None
    ran(instance, RUN.SUCCESS)
    assert key(instance) is None
    _later(monkeypatch, 11)
    assert key(instance) is not None
