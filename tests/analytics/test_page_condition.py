"""A page is built once for one change: with the gold that follows from new silver, not before it as well."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from keystone_nexus.lake import builds
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.lock import lake_lock
from keystone_nexus.orchestration.pages import PAGES


def test_pages_wait_for_the_gold_that_will_come(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from keystone_nexus.definitions import defs

    monkeypatch.setenv("KEYSTONE_LAKE", str(lake))
    monkeypatch.delenv("KEYSTONE_ENV", raising=False)
    monkeypatch.setenv("DAGSTER_HOME", str(lake / ".dagster"))
    wanted = dg.AssetSelection.groups("gold", "analytics")

    def requested(cursor: object) -> tuple[set[str], object]:
        found = dg.evaluate_automation_conditions(defs, instance, asset_selection=wanted, cursor=cursor)  # type: ignore[arg-type]
        asked = {one.key for one in found.results if one.true_subset.size}
        return {"/".join(key.path) for key in asked if isinstance(key, dg.AssetKey)}, found.cursor

    with dg.DagsterInstance.get() as instance:
        found, cursor = requested(None)
        assert not found, "all is as it should be"
        built = builds.read(Lake(lake)).filter(pl.col("table") == "customers")
        changed = built.with_columns(silver_sha256=pl.lit("new"))
        builds.append(Lake(lake), changed.select(list(builds.SCHEMA)), 1, "test")
        found, cursor = requested(cursor)
        assert found, "gold is due"
        assert {one.partition("/")[0] for one in found} == {"gold"}, "and its pages are built when it is there"
        instance.report_run_failed(instance.create_run_for_job(defs.resolve_job_def("build_gold")))
        found, cursor = requested(cursor)
        assert found == {f"analytics/{name}" for name in PAGES}, "they say that gold is older than silver"


def test_pages_wait_for_whoever_changes_what_they_show(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command line builds gold, then pages, under one lock: the daemon must not build them in between."""
    from keystone_nexus.definitions import defs

    monkeypatch.setenv("KEYSTONE_LAKE", str(lake))
    monkeypatch.delenv("KEYSTONE_ENV", raising=False)
    monkeypatch.setenv("DAGSTER_HOME", str(lake / ".dagster"))
    (lake / "analytics" / ".built" / "charts").unlink()
    pages = dg.AssetSelection.groups("analytics")

    def requested() -> int:
        return dg.evaluate_automation_conditions(defs, instance, asset_selection=pages).total_requested

    with dg.DagsterInstance.get() as instance:
        with lake_lock(lake, "keystone run"):
            assert requested() == 0
        run = dg.DagsterRun("build_silver", status=dg.DagsterRunStatus.STARTED)
        instance.add_run(run)
        assert requested() == 0, "silver is being built"
        instance.report_run_failed(run)
        assert requested() == 1
