"""The code location: what `dagster dev`, `dagster-webserver` and `dg` load."""

from __future__ import annotations

import dagster as dg

from keystone_nexus.defs import alerts, analytics
from keystone_nexus.defs.automation import JOBS, SCHEDULES, SENSORS
from keystone_nexus.defs.bronze import bronze
from keystone_nexus.defs.catalog import TABLES, glue_catalog
from keystone_nexus.defs.cost import MONTH, cost_budget
from keystone_nexus.defs.gold import gold
from keystone_nexus.defs.silver import ASSETS
from keystone_nexus.defs.stream import land_stream_job, order_events, order_stream
from keystone_nexus.orchestration.sessions import LakeResource

defs = dg.Definitions(
    assets=[bronze, order_events, *ASSETS, gold, *analytics.ASSETS, MONTH, TABLES],
    asset_checks=[cost_budget, glue_catalog],
    jobs=[*JOBS, analytics.analytics_job, land_stream_job],
    schedules=SCHEDULES,
    sensors=[*SENSORS, *alerts.SENSORS, order_stream],
    resources={"lake": LakeResource()},
    executor=dg.in_process_executor,
)
