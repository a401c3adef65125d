"""The stream: order events from Kafka, landed exactly once."""

from typing import Any

import dagster as dg
from pydantic import Field

from keystone_nexus.orchestration.results import Events
from keystone_nexus.orchestration.schema import REASONS, event_lineage, event_schema
from keystone_nexus.orchestration.sessions import LakeResource


class Landing(dg.Config):
    """What to land. Default: all that the topic holds."""

    ranges: list[dict[str, int]] = Field(
        default_factory=list, description="offset ranges: `partition`, `first`, `end` (the first one behind)"
    )
    quarantine: bool = Field(
        default=False, description="instead of the topic, read again what was rejected: a schema may be known by now"
    )


COMMON: dict[str, Any] = {"owners": ["team:orders"], "kinds": {"kafka", "parquet"}}
SPECS = [
    dg.AssetSpec(
        ["bronze", "order_events"],
        group_name="bronze",
        tags={"layer": "bronze"},
        description="Every record of the order events' topic, as it was in Kafka: immutable, one object per range.",
        metadata={"dagster/column_schema": event_schema()},
        **COMMON,
    ),
    dg.AssetSpec(
        ["quarantine", "order_events"],
        group_name="quarantine",
        deps=[["bronze", "order_events"]],
        tags={"layer": "quarantine"},
        description="Records that are no order events, whole, with every reason.",
        metadata={"dagster/column_schema": event_schema(REASONS), "dagster/column_lineage": event_lineage()},
        **COMMON,
    ),
]
CHECKS = [
    dg.AssetCheckSpec(name, asset=["bronze", "order_events"], blocking=blocking, description=text)
    for name, blocking, text in (
        ("no_gap_no_overlap", True, "The ledger has every offset once, and every record is counted."),
        ("poison", False, "The records are order events."),
        ("schema_drift", False, "The events were written with the schema that this program knows."),
    )
]


@dg.multi_asset(name="order_events", specs=SPECS, check_specs=CHECKS)
def order_events(context: dg.AssetExecutionContext, config: Landing, lake: LakeResource) -> Events:
    """Lands ranges of offsets: all of them in one entry of the ledger, or none."""
    from keystone_nexus.orchestration.landing import landing_step

    yield from landing_step(context, config.ranges, config.quarantine, lake)


land_stream_job = dg.define_asset_job(
    "land_stream", dg.AssetSelection.assets(*(spec.key for spec in SPECS)), description="Lands what the topic holds."
)
location = dg.Definitions(assets=[order_events], jobs=[land_stream_job], resources={"lake": LakeResource()})
"""The stream alone, for a command that lands before it knows which days there are."""


@dg.sensor(job=land_stream_job, minimum_interval_seconds=10, default_status=dg.DefaultSensorStatus.RUNNING)
def order_stream(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """New offsets in the topic (watermarks only): one run per batch of bounded ranges."""
    from keystone_nexus.orchestration.stream_ranges import stream_ticked

    return stream_ticked(context)
