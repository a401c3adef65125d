"""Gold waits while a run is between two tables of silver, and holds nothing up meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration import quiet
from tests.small_drops import new_lake

SILVER = frozenset([dg.AssetKey(["silver", "orders"])])


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return new_lake(tmp_path / "lake")


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setattr(quiet, "PAUSE", 0.02)
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def builds_silver(instance: dg.DagsterInstance) -> dg.DagsterRun:
    return instance.add_run(dg.DagsterRun("build", asset_selection=SILVER, status=dg.DagsterRunStatus.STARTED))


def test_gold_waits_for_another_run_that_builds_silver(lake: Lake, instance: dg.DagsterInstance) -> None:
    other, began, entered = builds_silver(instance), threading.Event(), threading.Event()

    def gold() -> None:
        began.set()
        with quiet.quiet_silver(instance, lake, "gold's own"):
            entered.set()

    waiting = threading.Thread(target=gold)
    waiting.start()
    assert began.wait(10)
    assert not entered.wait(0.3)
    with lake.store.lock("the other run goes on", 1.0):
        assert not entered.is_set()
    instance.report_run_failed(other)
    assert entered.wait(10)
    waiting.join()


def test_gold_does_not_wait_for_its_own_run_nor_for_ever(
    lake: Lake, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = builds_silver(instance)
    with quiet.quiet_silver(instance, lake, own.run_id):
        pass
    monkeypatch.setattr(quiet, "PATIENCE", 0.1)
    with quiet.quiet_silver(instance, lake, "gold's own"):
        assert not instance.get_run_by_id(own.run_id).is_finished  # type: ignore[union-attr]
