"""Overlapping days wait for each other, others do not; the lake has one writer, who is named."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest

from keystone_nexus.lake.errors import EnvironmentFault
from keystone_nexus.lake.lock import day_locks, is_locked, lake_lock, settled_days

JANUARY = (date(2018, 1, 1), date(2018, 1, 31))
LATER = (date(2018, 2, 1), date(2018, 2, 28))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        JANUARY,
        (date(2018, 1, 31), date(2018, 2, 3)),
        (date(2017, 12, 1), date(2018, 1, 1)),
        (date(2018, 1, 7), date(2018, 1, 7)),
        (date(2016, 9, 1), date(2020, 1, 1)),
    ],
)
def test_days_that_overlap_wait(tmp_path: Path, first: date, last: date) -> None:
    with (
        day_locks(tmp_path, *JANUARY),
        pytest.raises(EnvironmentFault, match=f"holds days between {first} and {last}"),
        day_locks(tmp_path, first, last, patience=0),
    ):
        pytest.fail("two runs hold one day")


@pytest.mark.parametrize(
    ("first", "last"), [LATER, (date(2017, 12, 1), date(2017, 12, 31)), (date(2016, 9, 1), date(2016, 9, 1))]
)
def test_days_that_do_not_overlap_go_side_by_side(tmp_path: Path, first: date, last: date) -> None:
    with day_locks(tmp_path, *JANUARY), day_locks(tmp_path, first, last, patience=0):
        assert (tmp_path / ".locks" / "days").exists()


def test_who_reads_all_days_waits_for_who_builds_some_and_the_other_way_round(tmp_path: Path) -> None:
    with (
        day_locks(tmp_path, *JANUARY),
        pytest.raises(EnvironmentFault, match="another run holds days of"),
        settled_days(tmp_path, patience=0),
    ):
        pytest.fail("days are read while they change")
    with (
        settled_days(tmp_path),
        settled_days(tmp_path, patience=0),
        pytest.raises(EnvironmentFault, match="another run holds days between"),
        day_locks(tmp_path, *LATER, patience=0),
    ):
        pytest.fail("days change while they are read")
    with day_locks(tmp_path, *LATER, patience=0):
        pass


def test_days_are_free_again_when_their_run_ends_or_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="failed"), day_locks(tmp_path, *JANUARY):
        raise RuntimeError("the run failed")
    with ExitStack() as held:
        held.enter_context(day_locks(tmp_path, *JANUARY, patience=0))


def test_a_waiting_run_goes_on_when_the_days_are_free(tmp_path: Path) -> None:
    order: list[str] = []
    held = threading.Event()

    def first() -> None:
        with day_locks(tmp_path, *JANUARY):
            held.set()
            time.sleep(0.3)
            order.append("first is done")

    thread = threading.Thread(target=first)
    thread.start()
    assert held.wait(5)
    with day_locks(tmp_path, *JANUARY, patience=10):
        order.append("second goes on")
    thread.join()
    assert order == ["first is done", "second goes on"]


def test_the_lake_may_be_locked_again_by_who_holds_it(tmp_path: Path) -> None:
    with lake_lock(tmp_path, "outer"):
        with lake_lock(tmp_path, "inner", patience=0):
            pass
        assert "outer" in (tmp_path / ".locks" / "lake").read_text()
        assert refused(tmp_path), "the inner one must not free it"
    assert not refused(tmp_path)


def test_the_lake_is_free_again_when_its_holder_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="failed"), lake_lock(tmp_path, "a run"):
        raise RuntimeError("the run failed")
    assert not refused(tmp_path)


def refused(root: Path) -> bool:
    """Whether another process is told that the lake is locked."""
    code = (
        "import pathlib, sys\n"
        "from keystone_nexus.lake.errors import EnvironmentFault\n"
        "from keystone_nexus.lake.lock import lake_lock\n"
        "try:\n"
        "    with lake_lock(pathlib.Path(sys.argv[1]), 'other', 0): pass\n"
        "except EnvironmentFault: sys.exit(3)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(root)], check=False)
    assert done.returncode in (0, 3)
    return done.returncode == 3


def test_whether_a_lake_is_locked_is_seen_without_locking_it(tmp_path: Path) -> None:
    assert not is_locked(tmp_path), "nobody ever locked it"
    with lake_lock(tmp_path, "test"):
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)
    with lake_lock(tmp_path, "test", patience=0):
        pass
