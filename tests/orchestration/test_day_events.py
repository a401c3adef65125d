"""log_days records what Dagster's public calls record, on any storage."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.asset_check_state import AssetCheckState

from keystone_nexus.orchestration import day_events
from keystone_nexus.orchestration.day_events import DayMaterialization, log_day_checks, log_days

OURS = "instance_class: {module: keystone_nexus.orchestration.lake_instance, class: LakeInstance}\n"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
SILVER, QUARANTINE = dg.AssetKey(["silver", "orders"]), dg.AssetKey(["quarantine", "orders"])
BRONZE, GOLD = dg.AssetKey(["bronze", "orders"]), dg.AssetKey(["gold"])
RULES = dg.AssetCheckKey(SILVER, "row_rules")
DAYS = dg.DailyPartitionsDefinition("2018-01-01", end_date="2018-01-08")
RANGE = {
    "dagster/asset_partition_range_start": "2018-01-02",
    "dagster/asset_partition_range_end": "2018-01-06",
}
BAD_DAY = "2018-01-04"
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


@pytest.fixture(autouse=True)
def _settings(monkeypatch):
    for name, value in day_events.event_settings().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def open_home(home: Path, settings: str = OURS) -> dg.DagsterInstance:
    home.mkdir(exist_ok=True, parents=True)
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n" + settings)
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home)))


def day_metadata(day: str) -> dict:
    return {
        "dagster/partition_row_count": int(day[-2:]),
        "rows_in": dg.MetadataValue.int(7),
        "sum_price": 12.5,
        "note": 'ünïcode "quoted" \\ \x00',
        "rejects": dg.MetadataValue.json({"b": 1, "a": [1, None]}),
        "ok": True,
    }


def day_verdict(day: str) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=SILVER,
        check_name="row_rules",
        passed=day != BAD_DAY,
        severity=ERROR if day == BAD_DAY else WARN,
        metadata={"rows_failed": int(day[-2:]), "rejects": dg.MetadataValue.json({"rule": 1}), "share": 0.5},
        description=f"{day}: 'bad'" if day == BAD_DAY else None,
        partition=day,
    )


@dg.asset(key=BRONZE, code_version="1")
def bronze() -> dg.MaterializeResult:
    return dg.MaterializeResult()


def graph(log=log_days, *, blocked: bool = False, checks_partitioned: bool = False) -> dg.Definitions:
    partitions = DAYS if checks_partitioned else None

    @dg.multi_asset(
        name="silver_orders",
        specs=[
            dg.AssetSpec(SILVER, deps=[BRONZE], code_version="1"),
            dg.AssetSpec(QUARANTINE, deps=[BRONZE], code_version="1"),
        ],
        check_specs=[
            dg.AssetCheckSpec("row_rules", asset=SILVER, blocking=True, partitions_def=partitions),
            dg.AssetCheckSpec("unique_key", asset=SILVER, blocking=True),
        ],
        partitions_def=DAYS,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    def silver_orders(context: dg.AssetExecutionContext):
        days = context.partition_keys
        log(
            context,
            [DayMaterialization(key, day, day_metadata(day)) for day in days for key in (SILVER, QUARANTINE)],
            [day_verdict(day) for day in days],
        )
        for key in (SILVER, QUARANTINE):
            if key in context.selected_asset_keys:
                yield dg.MaterializeResult(asset_key=key)
        if SILVER in context.selected_asset_keys:
            yield dg.AssetCheckResult(
                asset_key=SILVER, check_name="row_rules", passed=False, severity=ERROR if blocked else WARN
            )
            yield dg.AssetCheckResult(asset_key=SILVER, check_name="unique_key", passed=True)

    @dg.asset(key=GOLD, deps=[SILVER])
    def gold() -> dg.MaterializeResult:
        return dg.MaterializeResult()

    return dg.Definitions(assets=[bronze, silver_orders, gold])


def run(instance: dg.DagsterInstance, defs: dg.Definitions, selection=None, tags=None):
    job = defs.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(
        instance=instance,
        tags=tags or RANGE,
        run_config=QUIET,
        asset_selection=selection,
        raise_on_error=False,
    )


def events_of(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """A run's materialisations and evaluations, sorted, without ids, times and targets."""
    found = []
    kinds = {dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_CHECK_EVALUATION}
    for record in instance.get_records_for_run(run_id, of_type=kinds).records:
        entry = record.event_log_entry
        if entry.step_key == "silver_orders":
            packed = json.loads(dg.serialize_value(entry))
            packed["timestamp"] = packed["dagster_event"]["pid"] = 0
            packed["dagster_event"]["event_specific_data"].pop("target_materialization_data", None)
            found.append(json.dumps(packed).replace(run_id, "RUN"))
    return sorted(found)


def tags_of(instance: dg.DagsterInstance) -> dict:
    return {
        key: instance.event_log_storage.get_latest_tags_by_partition(
            key, dg.DagsterEventType.ASSET_MATERIALIZATION, ["dagster/data_version"]
        )
        for key in (SILVER, QUARANTINE)
    }


WAYS = {
    "to our storage": (OURS, True),
    "through Dagster's logging": ("", True),
    "with public calls": ("", False),
    "with public calls to our storage": (OURS, False),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_records_the_same(home, monkeypatch, way):
    with open_home(home / "expected", "") as expected, open_home(home / "found", WAYS[way][0]) as found:
        monkeypatch.setattr(day_events, "INTERNALS", False)
        first = run(expected, graph()).run_id
        monkeypatch.setattr(day_events, "INTERNALS", WAYS[way][1])
        second = run(found, graph()).run_id
        assert events_of(found, second) == events_of(expected, first)
        assert len(events_of(found, second)) == 2 * 5 + 5 + 2
        assert tags_of(found) == tags_of(expected)
        assert all(len(days) == 5 for days in tags_of(found).values())


@pytest.mark.parametrize("settings", [OURS, ""])
class TestStatus:
    def test_days_have_their_own_metadata(self, home, settings):
        with open_home(home, settings) as instance:
            assert run(instance, graph()).success
            assert instance.get_materialized_partitions(SILVER) == set(DAYS.get_partition_keys()[1:6])
            records = instance.fetch_materializations(QUARANTINE, limit=99).records
            assert len(records) == 5
            for record in records:
                metadata = record.asset_materialization.metadata
                assert metadata["dagster/partition_row_count"].value == int(record.partition_key[-2:])
                assert metadata["note"].value == day_metadata("2018-01-01")["note"]
            latest = instance.get_latest_materialization_event(SILVER).asset_materialization
            assert latest.partition == "2018-01-06"

    def test_days_have_their_own_verdict(self, home, settings):
        with open_home(home, settings) as instance:
            run(instance, graph())
            history = instance.event_log_storage.get_asset_check_execution_history(RULES, limit=99)
            verdicts = {r.partition: (r.status.value, r.evaluation.metadata.get("rows_failed")) for r in history}
            assert verdicts[BAD_DAY] == ("FAILED", dg.IntMetadataValue(4))
            assert verdicts["2018-01-05"] == ("SUCCEEDED", dg.IntMetadataValue(5))
            assert len(history) == 5 + 1
            (newest,) = instance.event_log_storage.get_latest_asset_check_execution_by_key([RULES]).values()
            assert (newest.partition, newest.status.value) == (None, "FAILED")

    def test_the_overall_verdict_blocks(self, home, settings):
        with open_home(home, settings) as instance:
            result = run(instance, graph(blocked=True))
            assert not result.success
            assert {e.step_key for e in result.all_events if e.is_step_failure} == {"silver_orders"}
            assert "gold" not in {e.step_key for e in result.all_events if e.is_step_start}
            assert not instance.get_latest_materialization_event(GOLD)
            assert len(instance.get_materialized_partitions(SILVER)) == 5


class TestOurStorage:
    def test_a_day_that_fails_does_not_block_by_itself(self, home):
        with open_home(home) as instance:
            assert run(instance, graph()).success
            assert instance.get_latest_materialization_event(GOLD)

    def test_a_run_of_one_day(self, home):
        with open_home(home) as instance:
            assert run(instance, graph(), [BRONZE, SILVER, QUARANTINE], {"dagster/partition": BAD_DAY}).success
            assert instance.get_materialized_partitions(SILVER) == {BAD_DAY}
            history = instance.event_log_storage.get_asset_check_execution_history(RULES, limit=9)
            assert BAD_DAY in {r.partition for r in history}

    def test_a_later_run_replaces_a_day(self, home):
        with open_home(home) as instance:
            run(instance, graph())
            one = {
                "dagster/asset_partition_range_start": BAD_DAY,
                "dagster/asset_partition_range_end": BAD_DAY,
            }
            second = run(instance, graph(), [SILVER, QUARANTINE], one).run_id
            ids = instance.event_log_storage.get_latest_storage_id_by_partition(
                SILVER, dg.DagsterEventType.ASSET_MATERIALIZATION
            )
            assert max(ids, key=ids.__getitem__) == BAD_DAY
            assert instance.get_latest_materialization_event(SILVER).run_id == second

    def test_only_what_is_selected_is_logged(self, home):
        with open_home(home) as instance:
            assert run(instance, graph(), [QUARANTINE]).success
            assert len(instance.get_materialized_partitions(QUARANTINE)) == 5
            assert not instance.get_materialized_partitions(SILVER)
            assert not instance.event_log_storage.get_asset_check_execution_history(RULES, limit=9)

    def test_no_planned_check_is_left(self, home):
        with open_home(home) as instance:
            run(instance, graph())
        assert statuses(home) == {"SUCCEEDED": 4 + 1, "FAILED": 1 + 1}

    def test_verdicts_know_the_materialisation_they_are_about(self, home):
        """So that a check with partitions of its own counts as current (AssetCheckState)."""
        defs = graph(checks_partitioned=True)
        with open_home(home) as instance:
            run(instance, defs)
            state = instance.event_log_storage.get_asset_check_state([(RULES, DAYS)])[RULES]
            assert isinstance(state, AssetCheckState)
            by_status = {s.value: set(v.subset_value.get_partition_keys()) for s, v in state.subsets.items()}
            assert by_status["FAILED"] == {BAD_DAY}
            assert by_status["SUCCEEDED"] == set(DAYS.get_partition_keys()[1:6]) - {BAD_DAY}

    def test_one_planned_event_per_asset_and_one_batch_per_step(self, home, monkeypatch):
        with open_home(home) as instance:
            batches = []
            original = type(instance.event_log_storage).store_days

            def spy(self, run_id, step_key, days, tags, verdicts):
                batches.append((len(days), len(verdicts)))
                original(self, run_id, step_key, days, tags, verdicts)

            monkeypatch.setattr(type(instance.event_log_storage), "store_days", spy)
            run_id = run(instance, graph()).run_id
            planned = instance.get_records_for_run(
                run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
            ).records
            assert len(planned) == 4
            assert batches == [(10, 5)]

    def test_nothing_is_stored_of_a_step_that_fails_in_the_middle(self, home, monkeypatch):
        with open_home(home) as instance:
            monkeypatch.setattr(type(instance.event_log_storage), "_write_checks", failing_for_days(instance))
            assert not run(instance, graph(), [SILVER, QUARANTINE]).success
            assert not instance.get_materialized_partitions(SILVER)

    def test_gold_sees_the_data_version_of_days(self, home):
        with open_home(home) as instance:
            run(instance, graph())
            tags = instance.get_latest_materialization_event(GOLD).asset_materialization.tags
            days = tags_of(instance)[SILVER]
            assert tags["dagster/input_event_pointer/silver/orders"] != "NULL"
            assert {t["dagster/data_version"] for t in days.values()} != set()

    def test_a_missing_day_fails_the_step(self, home):
        def all_but_one(context, days, verdicts):
            log_days(context, days[:-1], verdicts)

        with open_home(home) as instance:
            (failure,) = [e for e in run(instance, graph(all_but_one)).all_events if e.is_step_failure]
            assert "quarantine/orders: the days logged are not those of the run: 2018-01-06" in str(
                failure.step_failure_data.error
            )
            assert not instance.get_materialized_partitions(SILVER)

    def test_checks_alone(self, home):
        def only_checks(context, _, verdicts):
            log_day_checks(context, verdicts)

        with open_home(home) as instance:
            assert run(instance, graph(only_checks)).success
            assert len(instance.get_materialized_partitions(SILVER)) == 5
        assert statuses(home) == {"SUCCEEDED": 4 + 1, "FAILED": 1 + 1}


def failing_for_days(instance):
    original = type(instance.event_log_storage)._write_checks

    def write(self, index, run_id, checks):
        original(self, index, run_id, checks)
        if any(check.partition for check in checks):
            raise sqlite3.OperationalError("disk I/O error")

    return write


def statuses(home: Path) -> dict[str, int]:
    with closing(sqlite3.connect(home / "history/runs/index.db")) as connection:
        return dict(
            connection.execute("SELECT execution_status, count(*) FROM asset_check_executions GROUP BY 1").fetchall()
        )


KILLED = """
import os, sys, signal
sys.path.insert(0, sys.argv[2])
from pathlib import Path
import test_day_events as t
original = t.log_days
def log(context, days, verdicts):
    original(context, days, verdicts)
    os.kill(os.getpid(), signal.SIGKILL)
with t.open_home(Path(sys.argv[1])) as instance:
    t.run(instance, t.graph(log))
"""


def test_a_run_killed_after_its_days(home):
    """The days are there, and the check, whose overall verdict is missing, does not count as passed."""
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(home), str(Path(__file__).parent)]
    killed = subprocess.run(
        command, check=False, capture_output=True, env={**os.environ, **day_events.event_settings()}
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with open_home(home) as instance:
        assert len(instance.get_materialized_partitions(SILVER)) == 5
        (dead,) = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        (newest,) = instance.event_log_storage.get_latest_asset_check_execution_by_key([RULES]).values()
        assert (newest.status.value, newest.partition) == ("PLANNED", None)
        instance.report_run_failed(dead)
        assert run(instance, graph()).success
