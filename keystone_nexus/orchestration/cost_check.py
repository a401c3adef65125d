"""The verdict of the check `cost_budget`."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg

from keystone_nexus.orchestration.automation import write_alert
from keystone_nexus.orchestration.settings import Settings

CHECK = dg.AssetCheckKey(dg.AssetKey(["platform", "month"]), "cost_budget")
INVENTORY = "KEYSTONE_INVENTORY"
"""A file that says what is deployed, where it is not the environment's default plan."""


def cost_verdict() -> dg.AssetCheckResult:
    """Fails over the budget or where a resource has no price, and writes an alert then.

    A lake of no AWS environment is judged by production's plan: what it would cost there.
    """
    from keystone_nexus.cost.inventory import planned, read_inventory
    from keystone_nexus.orchestration.cost_estimate import estimate_for

    lake = Settings().open_lake()
    given = os.environ.get(INVENTORY)
    deployed = lake.env if lake.env in ("staging", "prod") else "prod"
    found = estimate_for(lake, read_inventory(Path(given)) if given else planned(deployed))
    if found.problems:
        write_alert(lake, "cost_budget", "; ".join(found.problems), asset="platform/month", check=CHECK.name)
    return dg.AssetCheckResult(
        passed=not found.problems,
        description="; ".join(found.problems) or f"${found.total_usd:.2f} a month of ${found.budget:.2f}",
        metadata={
            "usd_a_month": float(found.total_usd),
            "fixed_usd": float(found.fixed_usd),
            "used_usd": float(found.variable_usd),
            "budget_usd": float(found.budget),
            "by_module": dg.MetadataValue.json({m: round(float(f + v), 2) for m, f, v in found.by_module()}),
        },
    )
