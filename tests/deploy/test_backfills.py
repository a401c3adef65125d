"""Backfills in production: cut into runs of 90 days, and never two runs that build one day at the same time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from dagster._core.definitions.backfill_policy import BackfillPolicyType

from keystone_nexus.orchestration.backfills import DAYS_A_RUN, backfill_policy

ROOT = Path(__file__).parents[2]
RUNNER = """
import json, sys, time
from datetime import date
import dagster as dg
from keystone_nexus.orchestration import steps
first, last, out = sys.argv[1:]
original = steps.build_days
def noted(session, name, start, end):
    began = time.monotonic()
    built = original(session, name, start, end)
    time.sleep(0.7)
    with open(out, "a") as file:
        file.write(json.dumps([name, str(start), str(end), began, time.monotonic()]) + "\\n")
    return built
steps.build_days = noted
from keystone_nexus.definitions import defs
job = defs.resolve_job_def("build_silver")
keys = [dg.AssetKey([layer, "orders"]) for layer in ("silver", "quarantine")]
tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
with dg.DagsterInstance.ephemeral() as instance:
    sys.exit(not job.execute_in_process(instance=instance, tags=tags, asset_selection=keys).success)
"""


@pytest.mark.parametrize(("environment", "cut"), [("local", False), ("ci", False), ("staging", True), ("prod", True)])
def test_only_staging_and_prod_cut_a_backfill(environment: str, cut: bool):
    policy = backfill_policy(environment)
    kind = BackfillPolicyType.MULTI_RUN if cut else BackfillPolicyType.SINGLE_RUN
    assert policy.policy_type == kind
    assert not cut or policy.max_partitions_per_run == DAYS_A_RUN == 90


def test_the_dated_tables_have_the_policy_of_their_environment():
    script = (
        "from keystone_nexus.defs.silver import ASSETS; "
        "print({a.backfill_policy.max_partitions_per_run for a in ASSETS if a.partitions_def})"
    )
    for environment, found in (("prod", "{90}"), ("local", "{None}")):
        done = subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "KEYSTONE_ENV": environment},
            capture_output=True, text=True, check=False, cwd=ROOT,
        )  # fmt: skip
        assert done.stdout.strip() == found, done.stderr


def test_two_overlapping_runs_never_build_one_day_at_the_same_time(lake: Path, tmp_path: Path):
    """Three processes, as three tasks: two want the same days, the third others."""
    out = tmp_path / "built.jsonl"
    spans = [("2018-01-01", "2018-01-31"), ("2018-01-15", "2018-02-15"), ("2018-05-01", "2018-05-31")]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KEYSTONE_", "DAGSTER_"))}
    env = {**kept, "KEYSTONE_LAKE": str(lake), "KEYSTONE_ENV": "local", "KEYSTONE_LAST_DAY": "2018-10-17"}
    before = days_of(lake)
    runs = [
        subprocess.Popen([sys.executable, "-c", RUNNER, *span, str(out)], env=env, cwd=ROOT, stderr=subprocess.PIPE)
        for span in spans
    ]
    for one in runs:
        _, said = one.communicate(timeout=300)
        assert one.returncode == 0, said.decode()[-2000:]
    built = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(built) == len(spans)
    for n, (_, first, last, began, ended) in enumerate(built):
        for _, other_first, other_last, other_began, other_ended in built[n + 1 :]:
            if max(first, other_first) <= min(last, other_last):
                assert ended <= other_began or other_ended <= began, "one day, twice at the same time"
    assert days_of(lake) == before, "a day built again is byte by byte what it was"


def days_of(lake: Path) -> dict[str, bytes]:
    return {p.parent.as_posix(): p.read_bytes() for p in (lake / "silver" / "orders").rglob("*.parquet")}
