"""What is paid by use: storage, requests, bytes scanned, hours of runs. Every assumption has a name here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from keystone_nexus.cost.fixed import task_of
from keystone_nexus.cost.footers import QueryCost, Relation
from keystone_nexus.cost.inventory import Resource
from keystone_nexus.cost.lines import Line
from keystone_nexus.cost.prices import price
from keystone_nexus.cost.scanned import LEAST_BILLED, TB

GB = Decimal(10**9)
COPIES = 6
"""Bytes stored for each byte of the lake, at most: five versions of gold and one in the making, S3's own versions."""
SMALL_OBJECTS = 100
"""Objects that a run puts beside tables: ledger, index, records of builds, pages, logs."""
DAYS_OF_A_RUN = 3
"""Days of each dated table that a daily run writes anew."""
SILVER_READS = 4
"""How often a build of gold reads silver: once a model that stands on it, and its tests."""


@dataclass(frozen=True, slots=True)
class Use:
    """How much it is used a month."""

    runs: int = 30
    queries: int = 1000
    run_minutes: int = 10
    """Of one run, where runs are tasks of their own."""
    statements: int = 250
    """SQL statements of one build of gold: a model and a test each."""
    logs_gb: Decimal = Decimal(1)
    images_gb: Decimal = Decimal(3)
    metrics: int = 1
    """Custom metrics: DailyRunSucceeded."""
    kms_requests: int = 20_000
    """With bucket keys one for many objects."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a lake holds: its bytes by layer, and the footers of silver's and gold's tables."""

    bytes: Mapping[str, int]
    silver: Mapping[str, Relation]
    gold: Mapping[str, Relation]
    dated: int
    """Tables of silver that have days."""


def variable_part(resources: Iterable[Resource], stored: Stored, queries: Sequence[QueryCost], use: Use) -> list[Line]:
    """The lines of a month of this use."""
    lines = [*_storage(stored), *_runs(stored, use), *_queries(queries, use), *_around(use)]
    lines += _tasks(list(resources), use)
    return lines


def _line(module: str, what: str, quantity: Decimal | int, name: str) -> Line:
    quantity = Decimal(quantity)
    return Line(module, what, quantity, name, quantity * price(name))


def _storage(stored: Stored) -> list[Line]:
    total = Decimal(sum(stored.bytes.values())) / GB * COPIES
    return [_line("lake", f"S3 storage, GB, {COPIES} copies", total, "s3_gb_month")]


def _runs(stored: Stored, use: Use) -> list[Line]:
    """Requests and scans of the runs. On Athena a statement is billed 10 MB at least, and none here reads more."""
    tables = len(stored.silver)
    gold_files = sum(one.files for one in stored.gold.values())
    puts = 2 * (stored.dated * DAYS_OF_A_RUN + tables - stored.dated) + tables + gold_files + SMALL_OBJECTS
    silver = sum(one.files * (len(one.columns) / 2 + 2) for one in stored.silver.values())
    gold = sum(one.files * (len(one.columns) / 2 + 2) for one in stored.gold.values())
    gets = SILVER_READS * silver + use.statements * gold / max(len(stored.gold), 1)
    scanned = Decimal(max(LEAST_BILLED, max((one.bytes for one in stored.silver.values()), default=0)))
    return [
        _line("lake", f"S3 puts and lists of {use.runs} runs, 1,000", Decimal(puts) * use.runs / 1000, "s3_put_1000"),
        _line("lake", f"S3 gets of {use.runs} runs, 1,000", Decimal(gets) * use.runs / 1000, "s3_get_1000"),
        _line(
            "athena",
            f"{use.statements} statements a run, TB",
            use.runs * use.statements * scanned / TB,
            "athena_tb_scanned",
        ),
    ]


def _queries(queries: Sequence[QueryCost], use: Use) -> list[Line]:
    """The queries of a month: each of the dashboards' as often as the others."""
    if not queries:
        return []
    share = Decimal(use.queries) / len(queries)
    scanned = sum((q.athena_usd for q in queries), Decimal(0)) * share
    requests = sum((q.requests_usd for q in queries), Decimal(0)) * share
    return [
        Line("athena", f"{use.queries} queries, scanned", Decimal(use.queries), "athena_tb_scanned", scanned),
        Line("lake", f"S3 requests of {use.queries} queries", Decimal(use.queries), "s3_get_1000", requests),
    ]


def _around(use: Use) -> list[Line]:
    return [
        _line("monitoring", "logs, GB taken in", use.logs_gb, "cloudwatch_logs_gb"),
        _line("monitoring", "custom metrics", use.metrics, "cloudwatch_metric_month"),
        _line("registry", "images, GB", use.images_gb, "ecr_gb_month"),
        _line("kms", "KMS requests, 10,000", Decimal(use.kms_requests) / 10_000, "kms_10000_requests"),
    ]


def _tasks(resources: list[Resource], use: Use) -> list[Line]:
    """Runs as tasks of their own, where the plan has a task definition for them."""
    run = next((r for r in resources if r.type == "aws_ecs_task_definition" and "run" in r.name), None)
    task = task_of(run, resources) if run else None
    if run is None or task is None:
        return []
    vcpu, gigabytes, chip = task
    hours = Decimal(use.runs * use.run_minutes) / 60
    what = f"{use.runs} runs of {use.run_minutes} minutes"
    return [
        _line(run.module, f"Fargate {what}, vCPU hours", vcpu * hours, f"fargate_{chip}_vcpu_hour"),
        _line(run.module, f"Fargate {what}, GB hours", gigabytes * hours, f"fargate_{chip}_gb_hour"),
    ]
