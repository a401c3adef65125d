"""What tells of the daily run and of gold's age. Failures and gates are in `automation`."""

from datetime import UTC, datetime

import dagster as dg

from keystone_nexus.alerts.heartbeat import beat
from keystone_nexus.defs.automation import lakehouse
from keystone_nexus.orchestration.automation import write_alert
from keystone_nexus.orchestration.gold_specs import FRESH_FOR
from keystone_nexus.orchestration.settings import Settings

GOLD = dg.AssetKey(["gold", "fact_sales"])
"""Of gold, which is one build."""


@dg.run_status_sensor(
    dg.DagsterRunStatus.SUCCESS, monitored_jobs=[lakehouse], default_status=dg.DefaultSensorStatus.RUNNING
)
def heartbeat(context: dg.RunStatusSensorContext) -> None:
    """The daily job succeeded: the metric `DailyRunSucceeded`, in staging and prod."""
    if beat(Settings().open_lake().env):
        context.log.info("the daily run succeeded")


@dg.sensor(minimum_interval_seconds=300, default_status=dg.DefaultSensorStatus.RUNNING)
def alert_on_freshness(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Gold is older than its policy allows: one alert for each version that grows too old."""
    found = context.instance.get_latest_materialization_event(GOLD)
    if found is None:
        return dg.SkipReason("there is no gold yet")
    built = datetime.fromtimestamp(found.timestamp, UTC)
    if datetime.now(UTC) - built <= FRESH_FOR or context.cursor == str(found.timestamp):
        return dg.SensorResult(cursor=context.cursor)
    hours = FRESH_FOR.total_seconds() / 3600
    text = f"gold is of {built:%Y-%m-%d %H:%M} UTC, older than {hours:g} hours: look at the newest runs"
    write_alert(Settings().open_lake(), "gold_is_stale", text, asset=GOLD.to_user_string())
    return dg.SensorResult(cursor=str(found.timestamp))


SENSORS = [heartbeat, alert_on_freshness]
