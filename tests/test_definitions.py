"""The code location: what it declares, and that it says enough of each asset."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

ROOT = Path(__file__).parents[1]
SNAPSHOT = Path(__file__).parent / "snapshots" / "definitions.json"


@pytest.fixture(scope="module")
def defs() -> dg.Definitions:
    from keystone_nexus.definitions import defs

    return defs


def test_the_graph_is_the_snapshot(defs: dg.Definitions) -> None:
    """`KEYSTONE_UPDATE=1 pytest tests/test_definitions.py` writes the snapshot anew."""
    graph = defs.resolve_asset_graph()
    found = {
        "assets": {
            key.to_user_string(): {
                "group": graph.get(key).group_name,
                "owners": sorted(graph.get(key).owners),
                "kinds": sorted(graph.get(key).kinds),
                "partitioned": graph.get(key).partitions_def is not None,
                "parents": sorted(p.to_user_string() for p in graph.get(key).parent_keys),
            }
            for key in sorted(graph.get_all_asset_keys())
        },
        "checks": sorted(f"{k.asset_key.to_user_string()}: {k.name}" for k in graph.asset_check_keys),
        "jobs": sorted(j.name for j in defs.resolve_all_job_defs() if not j.name.startswith("__")),
        "sensors": sorted(s.name for s in defs.sensors or []),
        "schedules": sorted(s.name for s in defs.schedules or []),
    }
    if os.environ.get("KEYSTONE_UPDATE"):
        SNAPSHOT.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    assert found == json.loads(SNAPSHOT.read_text("utf-8"))


def test_every_asset_is_described(defs: dg.Definitions) -> None:
    for spec in defs.resolve_all_asset_specs():
        name = spec.key.to_user_string()
        assert spec.description, name
        assert spec.group_name in {"bronze", "silver", "quarantine", "gold", "analytics", "platform"}, name
        assert spec.owners, name
        assert spec.kinds, name
        assert spec.tags.get("layer") == spec.group_name, name
        if spec.group_name in ("analytics", "platform"):  # what people open, and what they pay, have no columns
            continue
        columns = spec.metadata["dagster/column_schema"].columns
        assert all(c.description or c.name.startswith("_") for c in columns), name
        if spec.group_name != "bronze":  # the source is no asset
            known = {c.name for c in columns}
            lineage = spec.metadata["dagster/column_lineage"].deps_by_column
            assert lineage, name
            assert lineage.keys() <= known, name


def test_column_lineage_leads_to_columns_that_exist(defs: dg.Definitions) -> None:
    specs = {spec.key: spec for spec in defs.resolve_all_asset_specs()}
    for spec in specs.values():
        if "dagster/column_lineage" not in spec.metadata:
            continue
        for deps in spec.metadata["dagster/column_lineage"].deps_by_column.values():
            for dep in deps:
                schema = specs[dep.asset_key].metadata["dagster/column_schema"]
                assert dep.column_name in {c.name for c in schema.columns}, (spec.key, dep)


def test_gold_is_fresh_within_a_time_and_follows_by_itself(defs: dg.Definitions) -> None:
    for spec in defs.resolve_all_asset_specs():
        if spec.key.path[0] == "gold":
            assert spec.freshness_policy is not None
            assert spec.automation_condition is not None


def test_every_gate_blocks(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.asset_check_keys:
        layer = key.asset_key.path[0]
        blocking = graph.get_check_spec(key).blocking
        stream = key.name == "no_gap_no_overlap"
        if key.name == "cost_budget":  # a bill is no reason to withhold data
            assert not blocking
            continue
        assert blocking == (layer == "gold" or stream or (layer == "silver" and key.name != "oddities")), key


def test_the_daily_schedule_is_at_two_utc(defs: dg.Definitions) -> None:
    schedules = {s.name: s for s in defs.schedules or [] if isinstance(s, dg.ScheduleDefinition)}
    assert (schedules["daily"].cron_schedule, schedules["daily"].execution_timezone) == ("0 2 * * *", "UTC")


def test_the_estimate_of_costs_is_in_no_job_but_its_own(defs: dg.Definitions) -> None:
    """It reads every footer of the lake, which no run of the lakehouse should wait for."""
    named = [job for job in defs.resolve_all_job_defs() if not job.name.startswith("__")]
    assert {job.name for job in named if any("cost_budget" in n.name for n in job.graph.node_defs)} == {"cost"}


def test_dagster_loads_the_plain_checkout() -> None:
    tool = Path(sys.executable).parent / "dagster"
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KEYSTONE_", "DAGSTER_"))}
    done = subprocess.run(
        [tool, "definitions", "validate", "-w", "workspace.yaml"],
        cwd=ROOT, env=clean, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
