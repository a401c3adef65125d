"""Runs of commands whose process died are told from living ones by the lake's lock, never by a number."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest

from keystone_nexus.orchestration.instance import HOST_TAG, PID_TAG, bury_dead_runs
from tests.small_drops import new_lake


@dg.op
def nothing() -> None:
    """Does nothing."""


@dg.job
def idle() -> None:
    """A job whose runs are only recorded."""
    nothing()


@pytest.mark.parametrize("whose", ["first", "mine", "nobody"])
@pytest.mark.parametrize("host", ["another", "this"])
def test_a_commands_run_that_is_unfinished_under_the_lock_is_dead(tmp_path: Path, whose: str, host: str) -> None:
    pid = {"first": 1, "mine": os.getpid(), "nobody": 2**22 + 1}[whose]
    lake = new_lake(tmp_path / "lake")
    with dg.DagsterInstance.ephemeral() as instance, lake.store.lock("a test"):
        ours = {PID_TAG: str(pid), HOST_TAG: os.uname().nodename if host == "this" else "another-container"}
        dead = instance.create_run_for_job(idle, status=dg.DagsterRunStatus.STARTED, tags=ours)
        daemons = instance.create_run_for_job(idle, status=dg.DagsterRunStatus.STARTED)
        again = instance.create_run_for_job(
            idle, status=dg.DagsterRunStatus.STARTED, tags=ours, parent_run_id=dead.run_id, root_run_id=dead.run_id
        )
        ended = instance.create_run_for_job(idle, status=dg.DagsterRunStatus.SUCCESS, tags=ours)
        assert bury_dead_runs(instance, lake) == [dead.run_id]
        found = {run.run_id: run.status for run in instance.get_runs()}
    assert found[dead.run_id] == dg.DagsterRunStatus.FAILURE
    assert found[again.run_id] == dg.DagsterRunStatus.STARTED
    assert found[daemons.run_id] == dg.DagsterRunStatus.STARTED
    assert found[ended.run_id] == dg.DagsterRunStatus.SUCCESS
