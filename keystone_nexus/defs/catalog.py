"""Whether Glue has what the contracts say, as an asset check in a job of its own."""

import dagster as dg

from keystone_nexus.orchestration.catalog_check import CHECK, catalog_verdict

TABLES = dg.AssetSpec(
    CHECK.asset_key,
    group_name="platform",
    owners=["team:data-platform"],
    kinds={"aws"},
    tags={"layer": "platform"},
    description="The Glue tables of the lake. The build of gold mends what differs, and so does `keystone catalog apply`.",
)


@dg.asset_check(
    asset=CHECK.asset_key,
    name=CHECK.name,
    blocking=False,
    description="Glue has every table of the contracts with its columns, comments and partitions, and no other of ours.",
)
def glue_catalog() -> dg.AssetCheckResult:
    return catalog_verdict()


catalog_job = dg.define_asset_job(
    "catalog", dg.AssetSelection.checks(CHECK), description="Compares the Glue catalog with the contracts."
)
