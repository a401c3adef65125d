"""Jobs, the daily schedule, and the sensors."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from keystone_nexus.contracts.catalog import undated_tables
from keystone_nexus.defs.bronze import ingest_job
from keystone_nexus.defs.catalog import catalog_job
from keystone_nexus.defs.cost import cost_job, daily_cost
from keystone_nexus.lake import ledger
from keystone_nexus.orchestration.automation import silver_keys, write_alert, yesterday
from keystone_nexus.orchestration.partitions import DAYS, range_tags
from keystone_nexus.orchestration.scheduled_runs import tags_of
from keystone_nexus.orchestration.settings import Settings

SILVER = dg.AssetSelection.groups("silver", "quarantine") - dg.AssetSelection.assets(["quarantine", "order_events"])
EVERYTHING = dg.AssetSelection.groups("bronze", "silver", "quarantine", "gold", "analytics")

build_silver = dg.define_asset_job(
    "build_silver", SILVER, partitions_def=DAYS, description="Builds silver and quarantine for a range of days."
)
build_gold = dg.define_asset_job(
    "build_gold", dg.AssetSelection.groups("gold"), description="Builds, audits and publishes gold."
)
lakehouse = dg.define_asset_job(
    "lakehouse", EVERYTHING, partitions_def=DAYS, description="Everything: source to gold, for a range of days."
)


undated = dg.define_asset_job(
    "undated",
    dg.AssetSelection.groups("gold")
    | dg.AssetSelection.assets(["quarantine", "undated"])
    | dg.AssetSelection.assets(*silver_keys([spec.name for spec in undated_tables()])),
    description="What has no day: the undated tables, the undated quarantine, gold.",
)


@dg.op(description="Reads the whole lake back: objects intact, days as bronze says, the sums exact.")
def verify_lake(context: dg.OpExecutionContext) -> None:
    """Raises Breach with what does not hold."""
    from keystone_nexus.lake.errors import Breach
    from keystone_nexus.transforms.verify import verify

    found = verify(Settings().open_lake())
    if found:
        raise Breach("; ".join(found[:20]))
    context.log.info("the lake holds what it must")


@dg.job(description="Checks what is there, without building: every object and every sum.")
def quality() -> None:
    verify_lake()


@dg.schedule(cron_schedule="0 2 * * *", execution_timezone="UTC", job=lakehouse)
def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Every day at 02:00 UTC: new files, yesterday, gold. Other affected days follow by the sensor."""
    settings = Settings()
    if settings.source is None and settings.drop_dir is None:
        return dg.SkipReason("set KEYSTONE_SOURCE or KEYSTONE_DROP_DIR to say where new files are")
    day = yesterday((context.scheduled_execution_time or datetime.now(UTC)).date())
    last = DAYS.get_last_partition_key()
    key = min(str(day), last) if last else str(day)
    tags = range_tags(*(datetime.fromisoformat(key).date(),) * 2) | tags_of("daily", day)
    return dg.RunRequest(run_key=str(day), tags=tags)


@dg.sensor(
    jobs=[lakehouse, cost_job],
    minimum_interval_seconds=Settings().every(30),
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def schedules_again(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """The newest run that each schedule asked for, if it came to nothing: again, until it succeeded or a day has passed."""
    from keystone_nexus.orchestration.scheduled_runs import again

    found = [again(context.instance, schedule.name, schedule.job_name) for schedule in SCHEDULES]
    requests = [one for one in found if isinstance(one, dg.RunRequest)]
    yield from requests
    if not requests:
        yield dg.SkipReason("; ".join(one.why for one in found if not isinstance(one, dg.RunRequest)))


@dg.sensor(job=ingest_job, minimum_interval_seconds=Settings().every(10), default_status=dg.DefaultSensorStatus.RUNNING)
def source_drop(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """New files in KEYSTONE_DROP_DIR, once they stood still for two looks, until they are in the lake."""
    from keystone_nexus.orchestration.drop_folder import drop_ticked

    return drop_ticked(context)


@dg.sensor(target=SILVER, minimum_interval_seconds=Settings().every(10), default_status=dg.DefaultSensorStatus.RUNNING)
def affected_days(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Builds exactly the days (and undated tables) that the ledger's newest entries affect."""
    from keystone_nexus.orchestration.pending_runs import requests_for, silver_is_being_built

    lake = Settings().open_lake()
    if not ledger.read(lake).entries:
        yield dg.SkipReason("the lake is empty")
        return
    if silver_is_being_built(context.instance):
        yield dg.SkipReason("silver is being built: what is pending then is asked for when that is done")
        return
    requests, waiting = requests_for(context.instance, lake)
    yield from requests
    if not requests:
        yield dg.SkipReason("; ".join(waiting) or "no day is pending")


@dg.run_failure_sensor(default_status=dg.DefaultSensorStatus.RUNNING)
def alert_on_failure(context: dg.RunFailureSensorContext) -> None:
    """A failed run: its cause, its id and what to do, where the lake keeps its alerts and in the log."""
    from keystone_nexus.orchestration.failures import failure_of
    from keystone_nexus.orchestration.run_words import alert_text

    run = context.dagster_run
    text = alert_text(context.instance, run, failure_of(context.instance, run))
    write_alert(Settings().open_lake(), "run_failed", text, run_id=run.run_id, job=run.job_name)
    context.log.error(text)


@dg.sensor(minimum_interval_seconds=Settings().every(30), default_status=dg.DefaultSensorStatus.RUNNING)
def alert_on_gate(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """A gate that closes writes one line to `<lake>/alerts.jsonl` and the log; so does its opening."""
    from keystone_nexus.orchestration.gold_step import closed_gates

    lake = Settings().open_lake()
    closed = [] if not ledger.read(lake).entries else closed_gates(context.instance, lake)
    sentences = sorted(v.sentence() for v in closed)
    before = set((context.cursor or "").split("\n"))
    for sentence in sentences:
        if sentence not in before:
            write_alert(lake, "gate_failed", sentence)
            context.log.error(sentence)
    return dg.SensorResult(cursor="\n".join(sentences))


automation = dg.AutomationConditionSensorDefinition(
    "gold_follows",
    target=dg.AssetSelection.groups("gold", "analytics"),
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=Settings().every(15),
    use_user_code_server=True,  # the condition is our own
)

JOBS = [ingest_job, build_silver, build_gold, undated, lakehouse, quality, catalog_job, cost_job]
SCHEDULES = [daily, daily_cost]
SENSORS = [source_drop, affected_days, schedules_again, alert_on_failure, alert_on_gate, automation]
