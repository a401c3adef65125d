"""A month's cost for a lake: what the command `keystone cost` prints and the check `cost_budget` judges."""

from __future__ import annotations

from collections.abc import Sequence

from keystone_nexus.analytics.dashboard.queries import dashboard_queries
from keystone_nexus.analytics.gold import gold_of, has_gold
from keystone_nexus.cost.estimate import Estimate, estimate
from keystone_nexus.cost.footers import cost_of
from keystone_nexus.cost.inventory import Resource
from keystone_nexus.cost.stored import measure
from keystone_nexus.cost.used_columns import used_columns
from keystone_nexus.cost.variable import Use
from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration.dbt_nodes import statements


def estimate_for(lake: Lake, resources: Sequence[Resource], runs: int = 30, queries: int = 1000) -> Estimate:
    """From the plan's resources, the lake's footers and the dashboard's queries."""
    stored = measure(lake)
    columns = {name: list(one.columns) for name, one in stored.gold.items()}
    asked = dashboard_queries(gold_of(lake)) if has_gold(lake) else []
    costs = [cost_of(name, used_columns(sql, columns), stored.gold) for name, sql in asked]
    return estimate(resources, stored, costs, Use(runs=runs, queries=queries, statements=statements()))
