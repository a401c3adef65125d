"""Bronze: the source's files, landed as they came."""

import dagster as dg

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.orchestration.results import Events
from keystone_nexus.orchestration.schema import text_schema
from keystone_nexus.orchestration.sessions import LakeResource


class Source(dg.Config):
    """Where new files are: a directory, a zip archive or `s3://`. Default: KEYSTONE_SOURCE, else KEYSTONE_DROP_DIR."""

    source: str | None = None


SPECS = [
    dg.AssetSpec(
        ["bronze", spec.name],
        group_name="bronze",
        owners=[spec.owner],
        kinds={"parquet", "bronze"},
        tags={"layer": "bronze"},
        description=f"{spec.description}\n\nAs delivered: text, immutable, in order of arrival.",
        metadata={
            "dagster/column_schema": text_schema(
                spec, {"_source_row": "uinteger", "_raw": "varchar", "_broken": "varchar"}
            )
        },
    )
    for spec in tables().values()
]
CHECKS = [
    dg.AssetCheckSpec(check, asset=["bronze", name], description=description)
    for name in tables()
    for check, description in (
        ("schema_drift", "The source has the contract's columns and no others."),
        ("source_freshness", "The source delivered within the last two days."),
    )
]


@dg.multi_asset(name="bronze", specs=SPECS, check_specs=CHECKS)
def bronze(context: dg.AssetExecutionContext, config: Source, lake: LakeResource) -> Events:
    """Lands a drop: all of its files or none."""
    from keystone_nexus.orchestration.ingest import bronze_step

    yield from bronze_step(context, config.source, lake)


ingest_job = dg.define_asset_job(
    "ingest",
    dg.AssetSelection.assets(*(spec.key for spec in SPECS)),
    description="Lands a drop in bronze: all of its files or none.",
)
location = dg.Definitions(assets=[bronze], jobs=[ingest_job], resources={"lake": LakeResource()})
"""Bronze alone, for a run that lands a source before it knows which days there are."""
