"""What is tried again: the machine's faults, not the data's and not ours."""

from __future__ import annotations

import errno
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest
import yaml

from keystone_nexus.lake.errors import Breach, EnvironmentFault, Refused
from keystone_nexus.orchestration import retries
from keystone_nexus.orchestration.results import Events
from keystone_nexus.orchestration.retries import infrastructure_fault, retried


def attempts(monkeypatch: pytest.MonkeyPatch, error: Exception, failing: int) -> dg.ExecuteInProcessResult:
    """Runs an asset whose first `failing` attempts end with an error."""
    monkeypatch.setattr(retries, "SECONDS_BETWEEN", 0)
    tried = 0

    @retried
    def step() -> Events:
        nonlocal tried
        tried += 1
        if tried <= failing:
            raise error
        yield dg.MaterializeResult(asset_key="made")

    @dg.multi_asset(specs=[dg.AssetSpec("made")])
    def asset() -> Events:
        yield from step()

    return dg.materialize([asset], raise_on_error=False)


def count_retries(result: dg.ExecuteInProcessResult) -> int:
    return sum(event.event_type == dg.DagsterEventType.STEP_RESTARTED for event in result.all_events)


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), EnvironmentFault("the lock is held")])
def test_the_machines_faults_are_tried_again(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    result = attempts(monkeypatch, error, failing=2)
    assert result.success
    assert count_retries(result) == 2


def test_a_fault_that_stays_fails_the_step_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    result = attempts(monkeypatch, OSError(errno.ENOSPC, "No space left on device", "/lake/x"), failing=9)
    assert not result.success
    assert count_retries(result) == retries.ATTEMPTS_MORE
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    text = failure.step_failure_data.error.to_string()
    assert "EnvironmentFault: the machine failed at /lake/x: No space left on device" in text


@pytest.mark.parametrize("error", [Breach("a gate"), Refused("a source"), ValueError("a bug")])
def test_nothing_else_is_tried_again(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    result = attempts(monkeypatch, error, failing=1)
    assert not result.success
    assert count_retries(result) == 0


def test_faults_that_engines_report_are_known(tmp_path: Path) -> None:
    with pytest.raises(duckdb.IOException) as of_duckdb:
        duckdb.connect(str(tmp_path / "no" / "such.duckdb"))
    assert infrastructure_fault(of_duckdb.value)
    with pytest.raises(OSError) as of_polars:  # noqa: PT011
        pl.scan_parquet(tmp_path / "none.parquet", glob=False).collect()
    assert infrastructure_fault(of_polars.value)
    with pytest.raises(pl.exceptions.ColumnNotFoundError) as bug:
        pl.DataFrame({"a": [1]}).select("b")
    assert infrastructure_fault(bug.value) is None


def test_a_run_whose_process_died_is_started_again_and_no_other() -> None:
    settings = yaml.safe_load((Path(__file__).parents[2] / "dagster.yaml").read_text("utf-8"))
    assert settings["run_monitoring"]["enabled"]
    assert settings["run_retries"] == {"enabled": True, "max_retries": 2, "retry_on_asset_or_op_failure": False}
