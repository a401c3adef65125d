"""`keystone run`: lands a source, then builds what is pending, as Dagster runs in this process."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg

from keystone_nexus.lake import builds, ledger
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.errors import BY_NAME, Breach, EnvironmentFault, KeystoneError, says_disk
from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration.attempts import NO_RETRIES
from keystone_nexus.orchestration.automation import silver_keys
from keystone_nexus.orchestration.gold_step import gold_is_stale
from keystone_nexus.orchestration.instance import process_tags
from keystone_nexus.orchestration.pages import PAGES, stale_pages
from keystone_nexus.orchestration.partitions import range_tags
from keystone_nexus.orchestration.pending_runs import tables_between, undated_keys
from keystone_nexus.transforms.pending import Pending, everything, pending, ranges

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult

LAYERS = {
    "bronze": "bronze",
    "order": "bronze",
    "silver": "silver",
    "undated": "silver",
    "gold": "gold",
    "analytics": "analytics",
}
"""First word of a step's name -> its layer."""
INTERRUPTED = ("DagsterExecutionInterruptedError", "KeyboardInterrupt", "Interrupted")
"""What a step fails with that somebody stopped."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Outcome:
    """What a `keystone run` did: seconds by layer, days and tables built, whether gold was published, pages made."""

    seconds: dict[str, float] = field(default_factory=dict[str, float])
    days: set[date] = field(default_factory=set[date])
    tables: list[str] = field(default_factory=list[str])
    gold: bool = False
    pages: list[str] = field(default_factory=list[str])
    runs: list[str] = field(default_factory=list[str])
    failures: list[KeystoneError] = field(default_factory=list[KeystoneError])


def land_source(instance: dg.DagsterInstance, ingest: dg.JobDefinition, source: str, outcome: Outcome) -> None:
    """One run of the bronze assets. Raises what the landing raises."""
    config = {"ops": {"bronze": {"config": {"source": source}}}, **QUIET}
    _execute(instance, ingest, outcome, run_config=config)
    if outcome.failures:
        raise outcome.failures[0]


def land_stream(instance: dg.DagsterInstance, job: dg.JobDefinition, outcome: Outcome, *, quarantine: bool) -> None:
    """One run of the stream's assets: the topic, or the quarantine once more. Raises what the landing raises."""
    config = {"ops": {"order_events": {"config": {"quarantine": quarantine}}}, **QUIET}
    _execute(instance, job, outcome, run_config=config)
    if outcome.failures:
        raise outcome.failures[0]


def close_partitions(lake: Lake) -> None:
    """Ends the partition range with the data where that is older than 90 days (before the definitions load)."""
    last = ledger.read(lake).last_day
    if last and "KEYSTONE_LAST_DAY" not in os.environ:
        today = date.fromisoformat(ledger.now()[:10])
        if (today - last).days > 90 or last > today:
            os.environ["KEYSTONE_LAST_DAY"] = str(last)


@dataclass(frozen=True)
class Plan:
    """What a build has to do: `late` limited to the wanted days and assets, and whether gold follows."""

    late: Pending
    gold: bool

    @property
    def none(self) -> bool:
        return self.late.none and not self.gold


def plan(lake: Lake, first: date | None, last: date | None, all_days: bool, selected: set[str] | None) -> Plan:
    """`selected`: asset names (`silver/orders`) that the user chose, None for all."""
    bronze = Bronze(lake, ledger.read(lake))
    late = everything(bronze) if all_days else pending(lake, bronze, builds.read(lake))
    late = limited(late, first, last, selected)
    due = wants_gold(selected) and bool(bronze.ledger.entries)
    return Plan(late, due and (all_days or not late.none or gold_is_stale(lake)))


def limited(late: Pending, first: date | None, last: date | None, selected: set[str] | None) -> Pending:
    """What the user wants of what is pending."""
    if first or last:
        late = late.between(first or date.min, last or date.max)
    if selected is not None:
        late = late.only({n.partition("/")[2] for n in selected if n.split("/")[0] in ("silver", "quarantine")})
    return late


def wants_gold(selected: set[str] | None) -> bool:
    return selected is None or any(name.startswith("gold/") for name in selected)


def build(instance: dg.DagsterInstance, defs: dg.Definitions, todo: Plan, outcome: Outcome) -> None:
    """Runs what the plan says: a run per range of days, the last of which also builds the rest and gold."""
    late = todo.late
    spans = ranges(late.all_days)
    rest = undated_keys(late)
    gold_keys = [s.key for s in defs.resolve_all_asset_specs() if s.key.path[0] == "gold"] if todo.gold else []
    job = defs.resolve_job_def("lakehouse")
    for number, (first, last) in enumerate(spans):
        keys = silver_keys(tables_between(late, first, last))
        if number == len(spans) - 1:
            # A gate that closed withholds gold, and nothing else: the other days are built all the same.
            keys += rest + ([] if outcome.failures else gold_keys)
        _execute(instance, job, outcome, asset_selection=keys, tags=range_tags(first, last))
        if any(not isinstance(failure, Breach) for failure in outcome.failures):
            return
    if not spans and (rest or gold_keys):
        # Without a day there is no partition: a job of the unpartitioned assets alone.
        _execute(instance, defs.resolve_job_def("undated"), outcome, asset_selection=rest + gold_keys)
    outcome.days |= set(late.all_days)
    outcome.tables += late.tables


def build_pages(instance: dg.DagsterInstance, defs: dg.Definitions, names: list[str], outcome: Outcome) -> None:
    """One run of what people open."""
    keys = [dg.AssetKey(["analytics", name]) for name in names]
    _execute(instance, defs.resolve_job_def("analytics"), outcome, asset_selection=keys)


def wanted_pages(instance: dg.DagsterInstance, lake: Lake, selected: set[str] | None) -> list[str]:
    """The pages that do not show gold and gates as they are now, of those that the user chose."""
    stale = stale_pages(lake, instance, PAGES)
    return [name for name in stale if selected is None or f"analytics/{name}" in selected]


def _execute(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    outcome: Outcome,
    *,
    run_config: dict[str, Any] | None = None,
    asset_selection: list[dg.AssetKey] | None = None,
    tags: dict[str, str] | None = None,
) -> None:
    started = time.perf_counter()
    result = job.execute_in_process(
        run_config=run_config or QUIET,
        instance=instance,
        asset_selection=asset_selection,
        tags={**process_tags(), **NO_RETRIES, **(tags or {})},
        raise_on_error=False,
    )
    outcome.runs.append(result.run_id)
    spent = _seconds_by_layer(result)
    spent["orchestration"] = time.perf_counter() - started - sum(spent.values())
    for layer, seconds in spent.items():
        outcome.seconds[layer] = outcome.seconds.get(layer, 0.0) + seconds
    outcome.pages += _pages(result)
    if not result.success:
        # A run that ended without a failed step was stopped on its way: its work is undone all the same.
        outcome.failures += list(_failures(result)) or [_stopped(result.run_id)]
    elif any(e.is_step_success and e.step_key == "gold" for e in result.all_events):
        outcome.gold = True


def _stopped(run_id: str) -> EnvironmentFault:
    return EnvironmentFault(
        f"run {run_id} was stopped before it was done: nothing half-written was published, run again"
    )


def _pages(result: ExecuteInProcessResult) -> Iterable[str]:
    """The file of each page that was built, the one that people open."""
    for event in result.get_asset_materialization_events():
        if event.asset_key and event.asset_key.path[0] == "analytics":
            yield str(event.materialization.metadata["path"].value)


def _seconds_by_layer(result: ExecuteInProcessResult) -> dict[str, float]:
    spent: dict[str, float] = {}
    for event in result.all_events:
        if event.is_step_success and event.step_key:
            layer = LAYERS.get(event.step_key.partition("_")[0], "silver")
            spent[layer] = spent.get(layer, 0.0) + event.step_success_data.duration_ms / 1000
    return spent


def _failures(result: ExecuteInProcessResult) -> Iterable[KeystoneError]:
    """The errors of a run's steps, as what they were: ours by name, a closed gate as Breach."""
    for event in result.all_events:
        if not event.is_step_failure:
            continue
        error = event.step_failure_data.error
        while error is not None and error.cause is not None and error.cls_name not in BY_NAME:
            error = error.cause
        name = (error.cls_name if error else None) or "Exception"
        text = (error.message if error else "").strip().removeprefix(f"keystone_nexus.lake.errors.{name}: ")
        if name in BY_NAME:
            yield BY_NAME[name](text)
        elif name == "DagsterAssetCheckFailedError":
            yield Breach(text)
        elif name in INTERRUPTED:
            yield _stopped(result.run_id)
        elif name in ("OSError", "OperationalError") and says_disk(text):  # of Dagster's own files
            yield EnvironmentFault(f"{event.step_key}: {text}: nothing half-written was published, run again")
        else:
            raise RuntimeError(f"{event.step_key} failed: {text}\n{error.to_string() if error else ''}")
