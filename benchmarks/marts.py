"""`python -m benchmarks.marts [--repeat N]`: what the KPI marts cost, against the same SQL in bare DuckDB.

Gold of the real data (`KEYSTONE_OLIST_ZIP`, else synthetic of its size) is built once. Then, in turn: dbt runs the marts
and what only they need, on a copy of that file and in one thread of its own, so that the seconds of each model are its alone; and
one connection runs the same compiled queries as `create table as`, with neither contract nor dbt. Medians.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

KEYSTONE = str(Path(sys.executable).parent / "keystone")
SELECTION = "tag:kpi int_order_measures"
GUEST = """
import sys, time
from dbt.cli.main import dbtRunner
from keystone_nexus.orchestration.dbt_project import OPTIONS, parsed
runner = dbtRunner(manifest=parsed())
where = [*OPTIONS, "--target-path", sys.argv[1], "--select", *sys.argv[2].split()]
started = time.perf_counter()
answer = runner.invoke(["--quiet", "run", "--threads", sys.argv[3], *where])
assert answer.success, answer.exception
print(time.perf_counter() - started)
"""


def by_dbt(file: Path, target: Path, threads: int) -> tuple[dict[str, float], float]:
    """Seconds of each model, and of the whole invocation."""
    said = subprocess.run(
        [sys.executable, "-c", GUEST, str(target), SELECTION, str(threads)],
        env={**os.environ, "KEYSTONE_GOLD_BUILD": str(file)}, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    results = json.loads((target / "run_results.json").read_text("utf-8"))["results"]
    return {r["unique_id"].split(".")[2]: r["execution_time"] for r in results}, float(said.split()[-1])


def bare(file: Path, queries: dict[str, str], threads: int) -> dict[str, float]:
    """Seconds of each query alone. Intermediate models go to memory, as dbt's do."""
    seconds: dict[str, float] = {}
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            f"set threads = {threads}; set preserve_insertion_order = false; set memory_limit = '1000MB'"
        )
        connection.execute("attach ':memory:' as scratch; create schema scratch.intermediate")
        for name, query in queries.items():
            relation = f"scratch.intermediate.{name}" if name.startswith("int_") else f"gold.gold.{name}"
            started = time.perf_counter()
            connection.execute(f"create or replace table {relation} as {query}")
            seconds[name] = time.perf_counter() - started
    return seconds


def queries_of(target: Path) -> dict[str, str]:
    """The compiled queries of what was run, parents first."""
    nodes: dict[str, Any] = json.loads((target / "manifest.json").read_text("utf-8"))["nodes"]
    results = json.loads((target / "run_results.json").read_text("utf-8"))["results"]
    return {r["unique_id"].split(".")[2]: nodes[r["unique_id"]]["compiled_code"] for r in results}


def prepared(work: Path) -> tuple[Path, str]:
    """A build file with gold and views of silver, as dbt finds it."""
    from keystone_nexus.contracts.catalog import tables
    from keystone_nexus.lake.lake import Lake
    from keystone_nexus.lake.sql import silver_view

    source = os.environ.get("KEYSTONE_OLIST_ZIP")
    if not source:
        source = str(work / "source")
        subprocess.run([KEYSTONE, "generate", "--out", source, "--quiet"], check=True, capture_output=True)
    lake = Lake(work / "lake")
    subprocess.run(
        [KEYSTONE, "--lake", str(lake.root), "--quiet", "run", "--source", source], check=True, capture_output=True
    )
    file = work / "built" / "gold.duckdb"
    file.parent.mkdir()
    shutil.copy(lake.layer("gold") / "gold.duckdb", file)
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema silver")
        for name in tables():
            connection.execute(silver_view(lake, name))
    return file, "real data" if "KEYSTONE_OLIST_ZIP" in os.environ else "synthetic data, scale 1"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    with tempfile.TemporaryDirectory(prefix="keystone-marts-") as folder:
        work = Path(folder)
        built, what = prepared(work)
        ours: list[dict[str, float]] = []
        alone: list[dict[str, float]] = []
        walls: list[float] = []
        for turn in range(repeat + 1):
            file = work / f"turn-{turn}" / "gold.duckdb"
            file.parent.mkdir()
            shutil.copy(built, file)
            seconds, _ = by_dbt(file, work / "target", 1)
            file.unlink()
            shutil.copy(built, file)
            peer = bare(file, queries_of(work / "target"), 2)
            file.unlink()
            shutil.copy(built, file)
            _, wall = by_dbt(file, work / "target-2", 2)
            file.unlink()
            if turn:  # the first warms the disk's cache
                ours.append(seconds)
                alone.append(peer)
                walls.append(wall)
    print(f"\nThe KPI marts, {what} (medians of {repeat}, in turn)\n")
    print(f"| {'model':26} | dbt s | bare DuckDB s | dbt / bare |")
    print(f"| {'-' * 26} | ----: | ------------: | ---------: |")
    for name in ours[0]:
        mine, peers = (statistics.median(turn[name] for turn in turns) for turns in (ours, alone))
        print(f"| {name:26} | {mine:5.3f} | {peers:13.3f} | {mine / peers:10.1f} |")
    mine, peers = (statistics.median(sum(turn.values()) for turn in turns) for turns in (ours, alone))
    print(f"| {'all':26} | {mine:5.2f} | {peers:13.2f} | {mine / peers:10.1f} |")
    print(f"\nThe whole invocation of dbt for them, two threads: {statistics.median(walls):.2f} s")


if __name__ == "__main__":
    main()
