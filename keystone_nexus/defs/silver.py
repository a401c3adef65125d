"""Silver and quarantine: a table and its rejected rows are one step.

What a step does is imported when it runs: loading the definitions must not wait for Polars, Pandera and SQLAlchemy.
"""

from typing import Any

import dagster as dg

from keystone_nexus.contracts.catalog import Table, dated_tables, tables, undated_tables
from keystone_nexus.orchestration.backfills import backfill_policy
from keystone_nexus.orchestration.partitions import DAYS, days_of
from keystone_nexus.orchestration.results import Events
from keystone_nexus.orchestration.schema import (
    REJECTED,
    parents,
    quarantine_lineage,
    silver_lineage,
    silver_schema,
    text_schema,
    undated_lineage,
    undated_schema,
)
from keystone_nexus.orchestration.sessions import LakeResource
from keystone_nexus.orchestration.settings import Settings
from keystone_nexus.wire.vocabulary import SOURCES

CHECKS = {
    "contract": "Pandera: columns and types as the contract says, required values there, ranges and domains kept.",
    "unique_key": "No two rows have the same key.",
    "foreign_keys": "Every row's parents exist.",
    "reject_budget": "Rejected rows are within the table's budget.",
    "reconciliation": "Rows of bronze = silver + quarantined + superseded + pending.",
    "oddities": "What is odd, but no error, with its count.",
    "row_rules": "The day's own verdict: no row was rejected.",
}
WARN_ONLY = {"oddities"}


def _specs(spec: Table) -> list[dg.AssetSpec]:
    deps = [
        dg.AssetKey(["bronze", name]) for name in (*parents(spec), *(["order_events"] if spec.name in SOURCES else []))
    ]
    common: dict[str, Any] = {"deps": deps, "owners": [spec.owner], "kinds": {"polars", "parquet"}}
    return [
        dg.AssetSpec(
            ["silver", spec.name],
            group_name="silver",
            tags={"layer": "silver"},
            description=f"{spec.description}\n\nGrain: {spec.grain}. Key: {', '.join(spec.key)}.",
            metadata={
                "dagster/column_schema": silver_schema(spec),
                "dagster/column_lineage": silver_lineage(spec),
            },
            **common,
        ),
        dg.AssetSpec(
            ["quarantine", spec.name],
            group_name="quarantine",
            tags={"layer": "quarantine"},
            description=f"Rejected rows of {spec.name}: whole, with every rule they broke and where they came from.",
            metadata={
                "dagster/column_schema": text_schema(spec, REJECTED),
                "dagster/column_lineage": quarantine_lineage(spec),
            },
            **common,
        ),
    ]


def _check_specs(spec: Table) -> list[dg.AssetCheckSpec]:
    left_out = set[str]()
    if not spec.foreign_keys:
        left_out.add("foreign_keys")
    if not spec.warnings:
        left_out.add("oddities")
    if not spec.dated:
        left_out.add("row_rules")
    return [
        dg.AssetCheckSpec(name, asset=["silver", spec.name], description=text, blocking=name not in WARN_ONLY)
        for name, text in CHECKS.items()
        if name not in left_out
    ]


def _dated(spec: Table) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"silver_{spec.name}",
        specs=_specs(spec),
        check_specs=_check_specs(spec),
        partitions_def=DAYS,
        backfill_policy=backfill_policy(Settings().env),
    )
    def build(context: dg.AssetExecutionContext, lake: LakeResource) -> Events:
        from keystone_nexus.orchestration.steps import dated_step

        first, last = days_of(context)
        yield from dated_step(context, lake.session(context.run.run_id), spec.name, first, last)

    return build


def _undated(spec: Table) -> dg.AssetsDefinition:
    @dg.multi_asset(name=f"silver_{spec.name}", specs=_specs(spec), check_specs=_check_specs(spec))
    def build(context: dg.AssetExecutionContext, lake: LakeResource) -> Events:
        from keystone_nexus.orchestration.steps import table_step

        yield from table_step(lake.session(context.run.run_id), spec.name)

    return build


UNDATED = dg.AssetSpec(
    ["quarantine", "undated"],
    group_name="quarantine",
    deps=[
        dg.AssetKey(["bronze", name]) for name in tables() if name in {p for s in dated_tables() for p in parents(s)}
    ],
    owners=["team:data-platform"],
    kinds={"polars", "parquet"},
    tags={"layer": "quarantine"},
    metadata={
        "dagster/column_schema": undated_schema(dated_tables()),
        "dagster/column_lineage": undated_lineage(dated_tables()),
    },
    description="Rejected rows of the dated tables whose day cannot be known: orphans, unreadable times and records.",
)


# Steps of a run go by name where nothing else orders them: this one after the tables, whose rejects it then knows.
@dg.multi_asset(name="undated_quarantine", specs=[UNDATED])
def quarantine_undated(context: dg.AssetExecutionContext, lake: LakeResource) -> Events:
    """One object per dated table, under no day."""
    from keystone_nexus.orchestration.steps import undated_step

    yield from undated_step(lake.session(context.run.run_id))


ASSETS: list[dg.AssetsDefinition] = [
    *(_dated(spec) for spec in dated_tables()),
    quarantine_undated,
    *(_undated(spec) for spec in undated_tables()),
]
