"""The asset check `cost_budget` judges the lake by the deployed plan."""

from __future__ import annotations

import json
from pathlib import Path

import dagster as dg
import pytest

from keystone_nexus.orchestration.cost_check import CHECK, cost_verdict

HERE = Path(__file__).parent / "inventories"


@pytest.mark.parametrize(("switch", "passed"), [("default", True), ("streaming", False)])
def test_the_budget_closes_nothing_but_is_told_of(lake: Path, monkeypatch, switch: str, passed: bool):
    monkeypatch.setenv("KEYSTONE_LAKE", str(lake))
    monkeypatch.setenv("KEYSTONE_ENV", "local")
    monkeypatch.setenv("KEYSTONE_INVENTORY", str(HERE / f"{switch}.json"))
    found = cost_verdict()
    assert found.passed == passed
    assert found.metadata["usd_a_month"].value > 40
    assert found.metadata["by_module"].value["database"] > 13
    alerts = lake / "alerts.jsonl"
    assert alerts.exists() != passed
    if not passed:
        assert "over the budget" in json.loads(alerts.read_text().splitlines()[-1])["text"]


def test_it_runs_as_a_job_of_its_own(lake: Path, monkeypatch):
    from keystone_nexus.definitions import defs

    monkeypatch.setenv("KEYSTONE_LAKE", str(lake))
    monkeypatch.setenv("KEYSTONE_ENV", "local")
    monkeypatch.setenv("KEYSTONE_INVENTORY", str(HERE / "default.json"))
    with dg.DagsterInstance.ephemeral() as instance:
        done = defs.resolve_job_def("cost").execute_in_process(instance=instance)
        assert done.success
        (evaluation,) = done.get_asset_check_evaluations()
        assert evaluation.asset_check_key == CHECK
        assert evaluation.passed
