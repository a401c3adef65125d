"""The stream's step: lands ranges of offsets, and says what the event log now holds."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from keystone_nexus.events.cluster import Cluster
from keystone_nexus.events.lag import Lag, lags
from keystone_nexus.events.land import land_all, land_ranges
from keystone_nexus.events.plan import Wanted, landed_to
from keystone_nexus.events.poison import replay, restore
from keystone_nexus.events.registry import configured_registry
from keystone_nexus.events.schemas import SchemaBook
from keystone_nexus.events.settings import configured, stream_settings
from keystone_nexus.lake import ledger as ledgers
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import Entry, Ledger
from keystone_nexus.orchestration.progress import report
from keystone_nexus.orchestration.results import Events
from keystone_nexus.orchestration.retries import retried
from keystone_nexus.orchestration.sessions import LakeResource
from keystone_nexus.orchestration.settings import Settings
from keystone_nexus.transforms.event_ledger import broken_ranges
from keystone_nexus.wire.schema import own_schema_id

LOG, POISON = dg.AssetKey(["bronze", "order_events"]), dg.AssetKey(["quarantine", "order_events"])


def schema_book(lake: Lake) -> SchemaBook:
    return SchemaBook(configured_registry(lake))


@dataclass(frozen=True, slots=True)
class _Done:
    """What a step did: its entries of the ledger, how long that took, and what the topic holds beyond."""

    entries: list[Entry]
    seconds: float = 0.0
    behind: list[Lag] = field(default_factory=list[Lag])


@retried
def landing_step(
    context: dg.AssetExecutionContext, ranges: list[dict[str, int]], again: bool, resource: LakeResource
) -> Events:
    """Lands the ranges that the sensor asked for, or all that the topic holds; with `again` reads the quarantine again."""
    lake = Settings().open_lake()
    lake.create()
    if again:
        done = _replay(lake)
    elif ranges or configured():
        done = _land(lake, [Wanted(one["partition"], one["first"], one["end"]) for one in ranges])
    else:
        context.log.info("no Kafka is named (KEYSTONE_KAFKA_BROKERS): there is nothing to land")
        done = _Done([])
    resource.forget()
    if not done.entries:
        context.log.info("nothing new was landed")
    yield from _events(ledgers.read(lake), done)


def _replay(lake: Lake) -> _Done:
    started = time.perf_counter()
    with lake.store.lock("replay the quarantine of order events"):
        entry = replay(lake, schema_book(lake), report)
    return _Done([entry] if entry else [], time.perf_counter() - started)


def _land(lake: Lake, wanted: list[Wanted]) -> _Done:
    settings = stream_settings()
    cluster, book = Cluster(settings), schema_book(lake)
    with lake.store.lock(f"land {settings.topic}"):
        started = time.perf_counter()
        entries = _asked_for(lake, cluster, book, wanted) if wanted else land_all(lake, cluster, book, report)
        seconds = time.perf_counter() - started
    return _Done(entries, seconds, lags(ledgers.read(lake), cluster))


def _asked_for(lake: Lake, cluster: Cluster, book: SchemaBook, wanted: list[Wanted]) -> list[Entry]:
    """Another run may have landed some of the ranges meanwhile: a range counts only where its partition ended."""
    restore(lake)
    topic = cluster.topic()
    ends = landed_to(ledgers.read(lake), topic)
    missing = [one for one in wanted if ends.get(one.partition, one.first) == one.first]
    return [land_ranges(lake, cluster, topic, missing, book, report)] if missing else []


def _events(ledger: Ledger, done: _Done) -> Events:
    landed = [one for entry in done.entries for one in entry.ranges]
    rows = sum(one.rows for one in landed)
    total = [one for _, one in ledger.ranges]
    offsets = {f"{one.topic}/{one.partition}": f"{one.first}-{one.end - 1}" for one in landed}
    metadata: dict[str, Any] = {
        "dagster/row_count": sum(one.rows for one in total),
        "new_events": rows,
        "offsets": dg.MetadataValue.json(offsets),
        "lag_events": sum(one.events or 0 for one in done.behind),
        "lag_seconds": max((one.seconds or 0.0 for one in done.behind), default=0.0),
        **{f"waits/{one.topic}/{one.partition}": one.stall for one in done.behind if one.stall},
        "ledger_entry": ledger.position,
    }
    if rows:
        metadata |= {"seconds": round(done.seconds, 2), "events_per_second": round(rows / done.seconds)}
    yield dg.MaterializeResult(asset_key=LOG, metadata=metadata)
    yield dg.MaterializeResult(
        asset_key=POISON,
        metadata={
            "dagster/row_count": sum(ledger.poison_left(one) for one in total),
            "new_poison": sum(one.poison for one in landed),
        },
    )
    broken = broken_ranges(ledger)
    yield dg.AssetCheckResult(
        asset_key=LOG,
        check_name="no_gap_no_overlap",
        passed=not broken,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"rows_checked": sum(one.rows for one in total), "rows_failed": len(broken)},
        description="; ".join(broken) or f"{sum(one.rows for one in total):,} records, every offset once",
    )
    poison = sum(one.poison for one in landed)
    yield dg.AssetCheckResult(
        asset_key=LOG,
        check_name="poison",
        passed=not poison,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"rows_checked": sum(one.rows for one in landed), "rows_failed": poison},
        description=f"{poison:,} records are no order events: see quarantine.order_events"
        if poison
        else f"{rows:,} new records, all of them order events",
    )
    foreign = sorted({name for one in landed for name in one.schemas if name != own_schema_id()})
    yield dg.AssetCheckResult(
        asset_key=LOG,
        check_name="schema_drift",
        passed=not foreign,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"rows_checked": sum(one.rows for one in landed), "rows_failed": 0, "schemas": ", ".join(foreign)},
        description=f"events of other schemas than {own_schema_id()}: {', '.join(foreign)}"
        if foreign
        else f"{rows:,} new records, all of the schema {own_schema_id()}",
    )
