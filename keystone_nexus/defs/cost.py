"""The budget as an asset check, in a job of its own: it reads every footer of the lake."""

from datetime import UTC, datetime

import dagster as dg

from keystone_nexus.orchestration.cost_check import CHECK, cost_verdict
from keystone_nexus.orchestration.scheduled_runs import tags_of

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
def daily_cost(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Every day at 03:00 UTC, after the daily run."""
    day = (context.scheduled_execution_time or datetime.now(UTC)).date()
    return dg.RunRequest(run_key=str(day), tags=tags_of("daily_cost", day))
