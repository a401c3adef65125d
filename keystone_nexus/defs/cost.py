"""The budget as an asset check, in a job of its own: it reads every footer of the lake."""

import dagster as dg

from keystone_nexus.orchestration.cost_check import CHECK, cost_verdict

MONTH = dg.AssetSpec(
    CHECK.asset_key,
    group_name="platform",
    owners=["team:data-platform"],
    kinds={"aws"},
    tags={"layer": "platform"},
    description="A month of this platform on AWS. Nothing builds it: it is what Terraform made and what is used of it.",
)


@dg.asset_check(
    asset=CHECK.asset_key,
    name=CHECK.name,
    blocking=False,
    description="A month of this platform is within the budget (KEYSTONE_COST_BUDGET), and every resource has a price.",
)
def cost_budget() -> dg.AssetCheckResult:
    return cost_verdict()


cost_job = dg.define_asset_job(
    "cost", dg.AssetSelection.checks(CHECK), description="Estimates a month's cost and holds it to the budget."
)


@dg.schedule(cron_schedule="0 3 * * *", execution_timezone="UTC", job=cost_job)
def daily_cost() -> dg.RunRequest:
    """Every day at 03:00 UTC, after the daily run."""
    return dg.RunRequest()
