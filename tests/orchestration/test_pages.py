"""What people open, as assets: built with gold, anew when gold is new, and each an exposure of the dbt project."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from keystone_nexus.defs import analytics
from keystone_nexus.lake import builds
from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration.dbt_project import manifest
from keystone_nexus.orchestration.instance import open_instance
from keystone_nexus.orchestration.pages import PAGES, stale_pages
from tests.conftest import keystone


def test_a_run_builds_what_people_open_and_a_second_one_has_nothing_to_do(built_lake: Path) -> None:
    assert (built_lake / "analytics" / "keystone_nexus_executive_summary.pptx").stat().st_size > 20_000
    assert stale(built_lake) == set()


def stale(lake: Path) -> set[str]:
    with open_instance(Lake(lake)) as instance:
        return set(stale_pages(Lake(lake), instance, PAGES))


@pytest.mark.long
def test_pages_follow_gold_and_only_gold(lake: Path) -> None:
    deck = lake / "analytics" / "keystone_nexus_executive_summary.pptx"
    before = deck.stat().st_mtime_ns
    assert keystone(lake, "run").returncode == 0
    assert deck.stat().st_mtime_ns == before, "gold is the same"
    assert keystone(lake, "run", "--all", "--select", "+group:gold").returncode == 0
    assert deck.stat().st_mtime_ns == before, "not selected"
    assert stale(lake) == set(PAGES)
    assert keystone(lake, "run").returncode == 0
    assert deck.stat().st_mtime_ns > before
    assert stale(lake) == set()


@pytest.mark.long
def test_a_gate_that_closes_is_said_on_every_page(lake: Path) -> None:
    here = Lake(lake)
    built = builds.read(here).filter(pl.col("table") == "customers")
    worse = built.with_columns(quarantined=pl.lit(500), rejects=pl.lit('{"domain:customer_state": 500}'))
    builds.append(here, worse.select(list(builds.SCHEMA)), 1, "test")
    assert stale(lake) == set(PAGES)
    assert keystone(lake, "run").returncode == 1, "gold is withheld"
    assert stale(lake) == set()
    for page in ("kpi_dashboard.html", "quality_dashboard.html", "exploratory_analysis.html", "key_insights.md"):
        assert "1 closed" in (lake / "analytics" / page).read_text("utf-8"), page


def test_a_lake_whose_first_gold_is_withheld_has_the_page_that_says_why(lake: Path) -> None:
    shutil.rmtree(lake / "gold")
    shutil.rmtree(lake / "analytics")
    assert stale(lake) == {"quality_dashboard"}


def test_the_daemon_asks_for_the_pages_that_are_stale(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from keystone_nexus.definitions import defs

    monkeypatch.setenv("KEYSTONE_LAKE", str(lake))
    monkeypatch.delenv("KEYSTONE_ENV", raising=False)
    monkeypatch.setenv("DAGSTER_HOME", str(lake / ".dagster"))
    with dg.DagsterInstance.get() as instance:
        found = dg.evaluate_automation_conditions(defs, instance, asset_selection=dg.AssetSelection.groups("analytics"))
        assert found.total_requested == 0, "they show what there is"
        (lake / "analytics" / ".built" / "charts").unlink()
        found = dg.evaluate_automation_conditions(
            defs, instance, asset_selection=dg.AssetSelection.groups("analytics"), cursor=found.cursor
        )
        requested = [one.key for one in found.results if one.true_subset.size]
        assert requested == [dg.AssetKey(["analytics", "charts"])]


def test_each_page_reads_what_its_exposure_says() -> None:
    said = json.loads(manifest().read_text())
    exposures = {one["name"]: one for one in said["exposures"].values()}
    assert set(PAGES) == set(exposures)
    for asset in analytics.ASSETS:
        read = {key.path[-1] for key in asset.dependency_keys}
        assert read == {one.rpartition(".")[2] for one in exposures[asset.key.path[-1]]["depends_on"]["nodes"]}
        assert asset.group_names_by_key[asset.key] == "analytics"
        assert isinstance(asset.automation_conditions_by_key[asset.key], dg.AutomationCondition)
