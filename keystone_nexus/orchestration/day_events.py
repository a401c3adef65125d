"""What a step over a range of days tells Dagster about each day: a materialisation per asset, a verdict per check.

One call, before the step yields its results:

    @dg.multi_asset(specs=..., check_specs=..., partitions_def=DAYS, backfill_policy=BackfillPolicy.single_run())
    def silver_orders(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        built = build_days(...)
        log_days(
            context,
            [DayMaterialization(key, "2018-01-01", {"rows": 7}), ...],  # every day of the run, of every asset
            [dg.AssetCheckEvaluation(asset_key=key, check_name="row_rules", partition="2018-01-01", ...), ...],
        )
        yield dg.MaterializeResult(asset_key=key, metadata=totals)  # satisfies the output; totals stay with the step
        yield dg.AssetCheckResult(asset_key=key, check_name="row_rules", ...)  # overall: this is what blocks

Without it, Dagster materialises every day of the range when the MaterializeResult is yielded, with the same metadata
on each unless `context.add_asset_metadata(partition_key=...)` was called per day, which walks the whole range each time.
Each event then goes through Dagster's logging (0.4 ms), and a check verdict is a transaction of its own (30 ms).

Here the events are made from one that Dagster made for the first day: only what differs is packed for each. That takes
three internals (how a step's output becomes events, the mark that an output's events were already given, how an event
is batched), which `tests/orchestration/test_dagster_behaviour.py` pins. Where they are missing the public calls are
used, which give the same record slowly. On a storage that is none of ours (SQLite and PostgreSQL, batched) the events
go through Dagster's logging, in batches.

Not covered, because nothing here needs it: tags and data versions on a MaterializeResult whose days were logged.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import dagster as dg
from dagster._core.definitions.assets.definition.asset_spec import AssetExecutionType
from dagster._core.definitions.metadata import normalize_metadata
from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata, generate_event_batch_id
from dagster._core.events.log import EventLogEntry
from dagster._serdes import pack_value, serialize_value
from dagster._utils.warnings import disable_dagster_warnings

from keystone_nexus.orchestration.event_rows import BatchedEvents, DayRow, Target, VerdictRow
from keystone_nexus.orchestration.sqlite_schema import known_dagster


def _internal(module: str, name: str) -> Any:
    """Something inside Dagster, or None where this Dagster has it no more."""
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return None


# An output whose metadata has this key gets no events from Dagster: "they were already logged".
ALREADY_LOGGED = _internal("dagster._core.definitions.source_asset", "SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION")
OUTPUT_EVENTS = _internal("dagster._core.execution.plan.execute_step", "_get_output_asset_events")
INTERNALS = known_dagster() and ALREADY_LOGGED is not None and OUTPUT_EVENTS is not None

Packed = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DayMaterialization:
    """One day of an asset, with the figures to show for it."""

    asset_key: dg.AssetKey
    partition: str
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])


def log_days(
    context: dg.AssetExecutionContext,
    days: Sequence[DayMaterialization],
    verdicts: Sequence[dg.AssetCheckEvaluation] = (),
) -> None:
    """Records each day's materialisation with its own metadata, and each day's verdicts, cheaply.

    Call it once in a step, before yielding results. `days` names, for each asset in it, all days of the run: Dagster
    adds none, so a missing one is a ValueError. What is not selected is left out. The step still yields a
    MaterializeResult per asset and, for the range, an AssetCheckResult per check.
    """
    assets, checks = context.selected_asset_keys, context.selected_asset_check_keys
    days = [day for day in days if day.asset_key in assets]
    verdicts = [v for v in verdicts if v.asset_check_key in checks]
    _check_complete(context, days)
    if not INTERNALS:
        _log_publicly(context, days, verdicts)
        return
    storage = _storage(context.instance)
    if storage:
        _store_packed(context, storage, days, verdicts)
    else:
        _log_batched(context, days, verdicts)
    for key in {day.asset_key for day in days}:
        name = context.assets_def.get_output_name_for_asset_key(key)
        context.add_output_metadata({ALREADY_LOGGED: True}, output_name=name)


def _check_complete(context: dg.AssetExecutionContext, days: Sequence[DayMaterialization]) -> None:
    given: dict[dg.AssetKey, set[str]] = {}
    for day in days:
        given.setdefault(day.asset_key, set()).add(day.partition)
    wanted = set(context.partition_keys) if given else set[str]()
    for key, partitions in given.items():
        if partitions != wanted:
            wrong = ", ".join(sorted(partitions ^ wanted)[:5])
            raise ValueError(f"{key.to_user_string()}: the days logged are not those of the run: {wrong}")


def log_day_checks(context: dg.AssetExecutionContext, verdicts: Sequence[dg.AssetCheckEvaluation]) -> None:
    """Verdicts by day only, for a step whose materialisations Dagster logs."""
    log_days(context, [], verdicts)


def _storage(instance: dg.DagsterInstance) -> BatchedEvents | None:
    storage = instance.event_log_storage
    return storage if isinstance(storage, BatchedEvents) and storage.is_fast else None


# Straight to our storage


def _store_packed(
    context: dg.AssetExecutionContext,
    storage: BatchedEvents,
    days: Sequence[DayMaterialization],
    verdicts: Sequence[dg.AssetCheckEvaluation],
) -> None:
    step = _Quiet(_step(context))
    by_asset: dict[dg.AssetKey, list[DayMaterialization]] = {}
    for day in days:
        by_asset.setdefault(day.asset_key, []).append(day)
    rows: list[DayRow] = []
    tags: dict[str, Mapping[str, str]] = {}
    for key, of_asset in by_asset.items():
        example = _example(context, of_asset[0])
        tags[key.to_string()] = example.tags or {}
        rows += _day_rows(_packed_entry(DagsterEvent.asset_materialization(cast("Any", step), example), step), of_asset)
    found = list(_verdict_rows(step, verdicts))
    storage.store_days(context.run.run_id, step.step.key, rows, tags, found)


def _day_rows(entry: Packed, days: Sequence[DayMaterialization]) -> Iterator[DayRow]:
    """The events of an asset's days, each the first one with another day, time and metadata."""
    materialization: Packed = entry["dagster_event"]["event_specific_data"]["materialization"]
    materialization |= {name: _hole(name) for name in ("metadata_entries", "partition")}
    entry["timestamp"] = _hole("timestamp")
    template = _Template(entry)
    key = days[0].asset_key.to_string()
    for day in days:
        now = time.time()
        entries = [
            {"__class__": "EventMetadataEntry", "description": None, "entry_data": value, "label": label}
            for label, value in _packed_metadata(day.metadata)
        ]
        text = template.fill(metadata_entries=entries, partition=day.partition, timestamp=now)
        yield DayRow(key, day.partition, now, text)


def _verdict_rows(step: _Quiet, verdicts: Sequence[dg.AssetCheckEvaluation]) -> Iterator[VerdictRow]:
    """The events of verdicts; each check's are made from its first one."""
    templates: dict[dg.AssetCheckKey, _Template] = {}
    for verdict in verdicts:
        key = verdict.asset_check_key
        if key not in templates:
            templates[key] = _verdict_template(step, verdict)
        now = time.time()
        text = _verdict_text(templates[key], verdict, now)
        yield VerdictRow(key.asset_key.to_string(), key.name, verdict.partition, verdict.passed, now, text)


def _verdict_template(step: _Quiet, verdict: dg.AssetCheckEvaluation) -> _Template:
    entry = _packed_entry(DagsterEvent.asset_check_evaluation(cast("Any", step), verdict), step)
    data: Packed = entry["dagster_event"]["event_specific_data"]
    varying = (
        "blocking",
        "metadata",
        "partition",
        "success",
        "description",
        "severity",
        "target_materialization_data",
    )
    data |= {name: _hole(name) for name in varying}
    entry["dagster_event"]["message"] = entry["user_message"] = _hole("message")
    entry["timestamp"] = _hole("timestamp")
    return _Template(entry)


def _verdict_text(template: _Template, verdict: dg.AssetCheckEvaluation, now: float) -> Callable[[Target | None], str]:
    """Gives the event once the materialisation that it is about is known."""
    return lambda target: template.fill(
        blocking=verdict.blocking,
        metadata=dict(_packed_metadata(dict(sorted(verdict.metadata.items())))),
        partition=verdict.partition,
        success=verdict.passed,
        description=verdict.description,
        severity={"__enum__": f"AssetCheckSeverity.{verdict.severity.name}"},
        target_materialization_data=_packed_target(verdict, target),
        message=_verdict_message(verdict),
        timestamp=now,
    )


def _packed_target(verdict: dg.AssetCheckEvaluation, target: Target | None) -> Any:
    if target is None or verdict.target_materialization_data is not None:
        return pack_value(verdict.target_materialization_data)
    return {
        "__class__": "AssetCheckEvaluationTargetMaterializationData",
        **dict(sorted(target._asdict().items())),
    }


def _verdict_message(verdict: dg.AssetCheckEvaluation) -> str:
    """As DagsterEvent.asset_check_evaluation says it."""
    said = "passed." if verdict.passed else "did not pass."
    about = "" if verdict.description is None else f" Description: '{verdict.description}'"
    return f"Asset check '{verdict.check_name}' on '{verdict.asset_key.to_user_string()}' {said}{about}"


def _packed_metadata(metadata: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Metadata values as Dagster packs them, by label."""
    for label, value in metadata.items():
        kind = _PLAIN.get(type(value))
        if kind:
            yield label, {"__class__": kind, "value": getattr(value, "value", value)}
        else:
            yield label, pack_value(cast("Any", normalize_metadata({label: value})[label]))


# Numbers, which nearly all metadata is; everything else is packed by Dagster itself.
_PLAIN: dict[type, str] = {
    int: "IntMetadataEntryData",
    float: "FloatMetadataEntryData",
    dg.IntMetadataValue: "IntMetadataEntryData",
    dg.FloatMetadataValue: "FloatMetadataEntryData",
}


class _Template:
    """An event's JSON with holes, so that only what differs is encoded for each."""

    def __init__(self, entry: Packed) -> None:
        self._parts = re.split(r'"\\u0000(\w+)\\u0000"', _encode(entry))

    def fill(self, **values: Any) -> str:
        """The JSON of one event."""
        texts = {name: _encode(value) for name, value in values.items()}
        parts = [texts[part] if number % 2 else part for number, part in enumerate(self._parts)]
        return "".join(parts)


_encode = json.JSONEncoder().encode


def _hole(name: str) -> str:
    return f"\0{name}\0"


def _packed_entry(event: DagsterEvent, step: _Quiet) -> Packed:
    """The log entry of an event, as Dagster's log handler would make it, in the form that is stored."""
    entry = EventLogEntry(
        error_info=None,
        level=logging.DEBUG,
        user_message=event.message or "",
        run_id=step.run_id,
        timestamp=time.time(),
        step_key=step.step.key,
        job_name=step.job_name,
        dagster_event=event,
    )
    return json.loads(serialize_value(entry))


class _Quiet:
    """A step context that says nothing: Dagster makes an event, and the log does not hear of it."""

    def __init__(self, step: Any) -> None:
        self._step = step
        self.event_tags = step.event_tags
        self.log = self

    def log_dagster_event(self, **_: Any) -> None:
        """Instead of DagsterLogManager.log_dagster_event."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._step, name)


# Through Dagster's logging, for another storage


def _log_batched(
    context: dg.AssetExecutionContext,
    days: Sequence[DayMaterialization],
    verdicts: Sequence[dg.AssetCheckEvaluation],
) -> None:
    step = _step(context)
    examples: dict[dg.AssetKey, dg.AssetMaterialization] = {}
    batch = generate_event_batch_id()
    for number, day in enumerate(days, 1):
        if day.asset_key not in examples:
            examples[day.asset_key] = _example(context, day)
        materialization = dg.AssetMaterialization(
            day.asset_key, metadata=day.metadata, partition=day.partition, tags=examples[day.asset_key].tags
        )
        DagsterEvent.asset_materialization(step, materialization, DagsterEventBatchMetadata(batch, number == len(days)))
    batch = generate_event_batch_id()
    for number, verdict in enumerate(verdicts, 1):
        DagsterEvent.from_step(
            dg.DagsterEventType.ASSET_CHECK_EVALUATION,
            step,
            verdict,
            _verdict_message(verdict),
            DagsterEventBatchMetadata(batch, number == len(verdicts)),
        )


# With public calls only


def _log_publicly(
    context: dg.AssetExecutionContext,
    days: Sequence[DayMaterialization],
    verdicts: Sequence[dg.AssetCheckEvaluation],
) -> None:
    for day in days:
        context.add_asset_metadata(day.metadata, asset_key=day.asset_key, partition_key=day.partition)
    for verdict in verdicts:
        context.log_event(verdict)  # pyright: ignore[reportArgumentType]  # it takes one, its type does not say so


def _step(context: dg.AssetExecutionContext) -> Any:
    return context.op_execution_context.get_step_execution_context()


def _example(context: dg.AssetExecutionContext, day: DayMaterialization) -> dg.AssetMaterialization:
    """A day as Dagster would materialise it, for the tags: versions of code, inputs and data."""
    step = _step(context)
    name = context.assets_def.get_output_name_for_asset_key(day.asset_key)
    with disable_dagster_warnings():
        events = OUTPUT_EVENTS(
            day.asset_key,
            [day.partition],
            dg.Output(None, output_name=name),
            step.op_def.output_def_named(name),
            {},
            step,
            AssetExecutionType.MATERIALIZATION,
        )
        return cast("dg.AssetMaterialization", next(iter(events)))


def event_settings() -> dict[str, str]:
    """The environment that a process should set before it makes runs: Dagster reads these where it plans and logs."""
    return {"DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS": "1", "DAGSTER_EVENT_BATCH_SIZE": "1000"}


def set_event_settings() -> None:
    """Sets what is not set."""
    for name, value in event_settings().items():
        os.environ.setdefault(name, value)
