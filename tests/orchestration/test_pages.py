"""What people open, as assets: built with gold, anew when gold is new, and each an exposure of the dbt project."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import dagster as dg

from keystone_nexus.defs import analytics
from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration.dbt_project import manifest
from keystone_nexus.orchestration.pages import PAGES, stale_pages
from tests.conftest import keystone


def test_a_run_builds_what_people_open_and_a_second_one_has_nothing_to_do(built_lake: Path) -> None:
    assert (built_lake / "analytics" / "keystone_nexus_executive_summary.pptx").stat().st_size > 20_000
    assert stale_pages(Lake(built_lake), PAGES) == []


def test_pages_follow_gold_and_only_gold(built_lake: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    shutil.copytree(built_lake, lake)
    deck = lake / "analytics" / "keystone_nexus_executive_summary.pptx"
    before = deck.stat().st_mtime_ns
    assert keystone(lake, "run").returncode == 0
    assert deck.stat().st_mtime_ns == before, "gold is the same"
    assert keystone(lake, "run", "--all", "--select", "+group:gold").returncode == 0
    assert deck.stat().st_mtime_ns == before, "not selected"
    assert set(stale_pages(Lake(lake), PAGES)) == set(PAGES)
    assert keystone(lake, "run").returncode == 0
    assert deck.stat().st_mtime_ns > before
    assert stale_pages(Lake(lake), PAGES) == []


def test_each_page_reads_what_its_exposure_says() -> None:
    said = json.loads(manifest().read_text())
    exposures = {one["name"]: one for one in said["exposures"].values()}
    assert set(PAGES) == set(exposures)
    for asset in analytics.ASSETS:
        read = {key.path[-1] for key in asset.dependency_keys}
        assert read == {one.rpartition(".")[2] for one in exposures[asset.key.path[-1]]["depends_on"]["nodes"]}
        assert asset.group_names_by_key[asset.key] == "analytics"
        assert isinstance(asset.automation_conditions_by_key[asset.key], dg.AutomationCondition)
