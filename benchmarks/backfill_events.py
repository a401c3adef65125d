"""What Dagster's record of a backfill costs: 8 assets in 4 steps, every day with metadata, half with a verdict.

    python benchmarks/backfill_events.py --days 100 --repeat 3
    python benchmarks/backfill_events.py --days 777 --only ours    # stock takes minutes there
    python benchmarks/backfill_events.py --postgres                # the same in a PostgreSQL of its own

Each measurement is a process of its own on a fresh DAGSTER_HOME: starting Python and Dagster, making the databases and
one run over all days whose assets do nothing. The ways are interleaved; medians are shown. `stock` is Dagster as
installed, with its public calls; `batched` adds the two environment variables and batches through Dagster's logging on
stock storage; `ours` is `orchestration/event_storage.py` (in PostgreSQL `orchestration/postgres_storage.py`) with
`orchestration/day_events.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FIRST = date(2016, 9, 1)
NAMES = ("orders", "order_items", "order_payments", "order_reviews")
CHECKS = ("contract", "unique_key", "foreign_keys", "reject_budget", "reconciliation", "row_rules")
OURS = "instance_class: {module: keystone_nexus.orchestration.lake_instance, class: LakeInstance}\n"
WAYS = ("stock", "batched", "ours")


def settings(way: str, server: Any) -> str:
    """What `dagster.yaml` says: SQLite files in the home, or a new database of a server."""
    if server is None:
        return OURS if way == "ours" else ""
    url = server.url(server.database()).replace("postgresql:", "postgresql+psycopg2:")
    if way != "ours":
        return f"storage: {{postgres: {{postgres_url: '{url}'}}}}\n"
    module = "keystone_nexus.orchestration.postgres_storage"
    return (
        f"storage: {{custom: {{module: {module}, class: BatchedPostgresStorage, config: {{postgres_url: '{url}'}}}}}}\n"
    )


def graph(days: int):
    """The definitions of the silver layer, without its work."""
    import dagster as dg

    from keystone_nexus.orchestration.day_events import DayMaterialization, log_days

    partitions = dg.DailyPartitionsDefinition(str(FIRST), end_date=str(FIRST + timedelta(days)))

    def table(name: str) -> dg.AssetsDefinition:
        silver, quarantine = dg.AssetKey(["silver", name]), dg.AssetKey(["quarantine", name])

        @dg.multi_asset(
            name=name,
            specs=[dg.AssetSpec(silver), dg.AssetSpec(quarantine)],
            check_specs=[dg.AssetCheckSpec(check, asset=silver, blocking=True) for check in CHECKS],
            partitions_def=partitions,
            backfill_policy=dg.BackfillPolicy.single_run(),
        )
        def step(context):
            days = context.partition_keys
            metadata = {"dagster/partition_row_count": 10, "rows_in": 12, "quarantined": 1, "sum_price": 12.5}
            metadata["rejects"] = dg.MetadataValue.json({"range:price": 1})
            log_days(
                context,
                [DayMaterialization(key, day, metadata) for day in days for key in (silver, quarantine)],
                [
                    dg.AssetCheckEvaluation(
                        asset_key=silver,
                        check_name="row_rules",
                        passed=False,
                        severity=dg.AssetCheckSeverity.WARN,
                        metadata={"rows_checked": 11, "rows_failed": 1, "rules": {"range:price": 1}},
                        partition=day,
                    )
                    for day in days
                ],
            )
            yield dg.MaterializeResult(asset_key=silver)
            yield dg.MaterializeResult(asset_key=quarantine)
            for check in CHECKS:
                yield dg.AssetCheckResult(asset_key=silver, check_name=check, passed=True)

        return step

    return dg.Definitions(assets=[table(name) for name in NAMES])


def measured(way: str, days: int, home: str) -> None:
    """One run; prints its seconds and what it recorded."""
    if way == "stock":
        from keystone_nexus.orchestration import day_events

        day_events.INTERNALS = False
    import dagster as dg
    from dagster._core.instance.ref import InstanceRef

    last = FIRST + timedelta(days - 1)
    tags = {"dagster/asset_partition_range_start": str(FIRST), "dagster/asset_partition_range_end": str(last)}
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(home)) as instance:
        job = graph(days).resolve_implicit_global_asset_job_def()
        started = time.perf_counter()
        result = job.execute_in_process(instance=instance, tags=tags, run_config=quiet)
        seconds = time.perf_counter() - started
        found = sum(len(instance.get_materialized_partitions(dg.AssetKey(["silver", name]))) for name in NAMES)
    print(json.dumps({"seconds": seconds, "events": 12 * days, "right": result.success and found == 4 * days}))


def once(way: str, days: int, server: Any = None) -> dict[str, float]:
    """A process for one way: its wall time and CPU, and its run's."""
    with tempfile.TemporaryDirectory() as home:
        Path(home, "dagster.yaml").write_text("telemetry: {enabled: false}\n" + settings(way, server))
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DAGSTER_")}
        if way != "stock":
            environment |= {
                "DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS": "1",
                "DAGSTER_EVENT_BATCH_SIZE": "1000",
            }
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, __file__, "--measure", way, "--days", str(days), "--home", home],
            stdout=subprocess.PIPE,
            env=environment,
        )
        assert process.stdout
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        assert status == 0, f"{way} failed"
        found = json.loads(output)
        assert found["right"], f"{way} did not record every day"
        written = sum(path.stat().st_size for path in Path(home).rglob("*.db"))
        return {
            "wall": wall,
            "cpu": usage.ru_utime + usage.ru_stime,
            "run": found["seconds"],
            "rate": found["events"] / found["seconds"],
            "mb": written / 1e6,
        }


def _server() -> Any:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.deploy.postgres import running_server

    return running_server()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--postgres", action="store_true", help="in PostgreSQL, which must be installed")
    parser.add_argument("--only", choices=WAYS, action="append")
    parser.add_argument("--measure", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--home", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measured(arguments.measure, arguments.days, arguments.home)
        return
    ways = arguments.only or WAYS
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    with _server() if arguments.postgres else nullcontext() as server:
        for _ in range(arguments.repeat):
            for way in ways:
                found[way].append(once(way, arguments.days, server))
    medians = {way: {k: statistics.median(r[k] for r in runs) for k in runs[0]} for way, runs in found.items()}
    first = medians[ways[0]]
    print(f"{8 * arguments.days} materialisations and {4 * arguments.days} verdicts, median of {arguments.repeat}")
    print(f"{'':9}{'process s':>11}{'CPU s':>9}{'run s':>9}{'events/s':>11}{'MB':>8}{'run, times faster':>20}")
    for way, m in medians.items():
        print(
            f"{way:9}{m['wall']:11.2f}{m['cpu']:9.2f}{m['run']:9.2f}{m['rate']:11.0f}{m['mb']:8.1f}"
            f"{first['run'] / m['run']:20.1f}"
        )


if __name__ == "__main__":
    main()
