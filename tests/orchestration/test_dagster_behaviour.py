"""What the project relies on in Dagster and Dagster does not promise: an upgrade that changes it fails here first."""

import datetime
import sqlite3
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION
from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
DAYS = dg.DailyPartitionsDefinition("2018-01-01", end_date="2018-01-06")
ALL_DAYS = DAYS.get_partition_keys()
RANGE = {
    "dagster/asset_partition_range_start": ALL_DAYS[0],
    "dagster/asset_partition_range_end": ALL_DAYS[-1],
}
NOW = datetime.datetime(2018, 1, 6, 12, tzinfo=datetime.UTC)
DAILY = dg.AssetKey("daily")
CHECK = dg.AssetCheckKey(DAILY, "check")


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def on_disk(tmp_path):
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(tmp_path))) as instance:
        yield instance


def run(instance: dg.DagsterInstance, *assets, raise_on_error=True, selection=None, **tags):
    return dg.materialize(
        list(assets),
        instance=instance,
        tags=tags or None,
        run_config=QUIET,
        raise_on_error=raise_on_error,
        selection=selection,
    )


def daily(body, **arguments):
    return dg.multi_asset(
        name="daily",
        specs=[dg.AssetSpec(DAILY)],
        partitions_def=DAYS,
        backfill_policy=dg.BackfillPolicy.single_run(),
        **arguments,
    )(body)


def plain(context: dg.AssetExecutionContext):
    yield dg.MaterializeResult(asset_key=DAILY)


def check_rows(home: Path) -> list[tuple]:
    with closing(sqlite3.connect(home / "history/runs/index.db")) as connection:
        return connection.execute(
            "SELECT check_name, partition, execution_status FROM asset_check_executions ORDER BY id"
        ).fetchall()


class TestRangeRuns:
    def test_metadata_by_day(self, instance):
        def body(context: dg.AssetExecutionContext):
            for day in context.partition_keys:
                context.add_asset_metadata({"day": day}, partition_key=day)
            yield dg.MaterializeResult(asset_key=DAILY, metadata={"total": 5})

        run(instance, daily(body), **RANGE)
        records = instance.fetch_materializations(DAILY, limit=9).records
        assert len(records) == 5
        for record in records:
            metadata = record.asset_materialization.metadata
            assert metadata["day"].value == record.partition_key
            assert metadata["total"].value == 5  # what the result carries is stamped on every day

    def test_a_function_without_a_return_annotation_goes_to_the_io_manager(self, instance):
        @dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
        def bare():
            pass

        @dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
        def annotated() -> None:
            pass

        assert run(instance, annotated, **RANGE).success
        # The in-memory IO manager of tests would take it; the default one stores files.
        resources = {"io_manager": dg.FilesystemIOManager()}
        job = dg.Definitions(assets=[bare], resources=resources).resolve_implicit_global_asset_job_def()
        failed = job.execute_in_process(instance=instance, tags=RANGE, run_config=QUIET, raise_on_error=False)
        assert not failed.success

    def test_planned_events_are_one_per_day_unless_told(self, instance, monkeypatch):
        def planned():
            run_id = run(instance, daily(plain), **RANGE).run_id
            kind = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
            return len(instance.get_records_for_run(run_id, of_type=kind).records)

        monkeypatch.delenv("DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS", raising=False)
        assert planned() == 5
        monkeypatch.setenv("DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS", "1")
        assert planned() == 1

    def test_unpartitioned_assets_may_be_in_the_run(self, instance):
        @dg.asset(deps=[DAILY])
        def gold() -> dg.MaterializeResult:
            return dg.MaterializeResult()

        assert run(instance, daily(plain), gold, **RANGE).success
        assert instance.get_latest_materialization_event(gold.key).asset_materialization.partition is None


class TestChecksOfRangeRuns:
    SPEC = (dg.AssetCheckSpec("check", asset=DAILY),)

    def test_an_overall_result_leaves_each_day_planned(self, on_disk):
        """The reason why BatchedSqliteEventLogStorage plans a check once."""

        def body(context: dg.AssetExecutionContext):
            yield dg.MaterializeResult(asset_key=DAILY)
            yield dg.AssetCheckResult(passed=True)

        run(on_disk, daily(body, check_specs=self.SPEC), **RANGE)
        assert check_rows(Path(on_disk.root_directory)) == [
            *(("check", day, "PLANNED") for day in ALL_DAYS),
            ("check", None, "SUCCEEDED"),
        ]

    def test_an_evaluation_with_a_partition_is_that_days_verdict(self, on_disk):
        def body(context: dg.AssetExecutionContext):
            for day in context.partition_keys:
                context.log_event(
                    dg.AssetCheckEvaluation(
                        asset_key=DAILY, check_name="check", passed=day != ALL_DAYS[2], partition=day
                    )
                )
            yield dg.MaterializeResult(asset_key=DAILY)
            yield dg.AssetCheckResult(passed=True)

        run(on_disk, daily(body, check_specs=self.SPEC), **RANGE)
        rows = check_rows(Path(on_disk.root_directory))
        assert {day: status for _, day, status in rows} == {
            **dict.fromkeys(ALL_DAYS, "SUCCEEDED"),
            ALL_DAYS[2]: "FAILED",
            None: "SUCCEEDED",
        }

    def test_a_check_is_judged_by_its_newest_row_of_any_partition(self, on_disk):
        """The reason why BatchedSqliteEventLogStorage keeps the overall row the newest."""

        def body(context: dg.AssetExecutionContext):
            yield dg.MaterializeResult(asset_key=DAILY)
            yield dg.AssetCheckResult(passed=False)
            context.log_event(
                dg.AssetCheckEvaluation(asset_key=DAILY, check_name="check", passed=True, partition="2018-02-01")
            )

        run(on_disk, daily(body, check_specs=self.SPEC), **RANGE)
        (newest,) = on_disk.event_log_storage.get_latest_asset_check_execution_by_key([CHECK]).values()
        assert (newest.partition, newest.status.value) == ("2018-02-01", "SUCCEEDED")


class TestInternals:
    """What `orchestration/day_events.py` and `event_storage.py` take from inside Dagster."""

    def test_the_mark_that_an_outputs_events_were_given(self, instance):
        def body(context: dg.AssetExecutionContext):
            (name,) = context.op_execution_context.selected_output_names
            context.add_output_metadata({SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True}, output_name=name)
            yield dg.MaterializeResult(asset_key=DAILY)

        assert run(instance, daily(body), **RANGE).success
        assert not instance.fetch_materializations(DAILY, limit=9).records

    def test_events_with_batch_metadata_arrive_as_one_batch(self, instance, monkeypatch):
        batches = []
        original = type(instance.event_log_storage).store_event_batch

        def spy(self, events):
            batches.append(len(events))
            original(self, events)

        def body(context: dg.AssetExecutionContext):
            step = context.op_execution_context.get_step_execution_context()
            for number, day in enumerate(ALL_DAYS, 1):
                DagsterEvent.from_step(
                    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
                    step,
                    dg.AssetCheckEvaluation(asset_key=DAILY, check_name="check", passed=True, partition=day),
                    "message",
                    DagsterEventBatchMetadata("a-batch", number == 5),
                )
            yield dg.MaterializeResult(asset_key=DAILY)
            yield dg.AssetCheckResult(passed=True)

        monkeypatch.setattr(type(instance.event_log_storage), "store_event_batch", spy)
        monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
        monkeypatch.setenv("DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS", "1")
        run(instance, daily(body, check_specs=[dg.AssetCheckSpec("check", asset=DAILY)]), **RANGE)
        assert batches == [2, 5, 5]  # planned, verdicts, materialisations

    def test_stock_storage_names_its_own_class(self, tmp_path):
        class Sub(SqliteEventLogStorage):
            pass

        assert type(Sub.from_config_value(None, {"base_dir": str(tmp_path)})) is SqliteEventLogStorage

    def test_run_storage_opens_a_connection_through_connect(self, tmp_path):
        assert "connect" in vars(SqliteRunStorage)
        assert "dispose" not in vars(SqliteRunStorage)


class TestBlocking:
    def assets(self, body, condition=None):
        asset = daily(body, check_specs=[dg.AssetCheckSpec("check", asset=DAILY, blocking=True)])

        @dg.asset(deps=[DAILY], automation_condition=condition)
        def gold() -> dg.MaterializeResult:
            return dg.MaterializeResult()

        return asset, gold

    @staticmethod
    def failing(context: dg.AssetExecutionContext):
        yield dg.MaterializeResult(asset_key=DAILY)
        yield dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.ERROR)

    @staticmethod
    def warning(context: dg.AssetExecutionContext):
        yield dg.MaterializeResult(asset_key=DAILY)
        yield dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)

    def test_only_its_own_run_is_stopped(self, instance):
        asset, gold = self.assets(self.failing)
        assert not run(instance, asset, gold, raise_on_error=False, **RANGE).success
        assert len(instance.get_materialized_partitions(DAILY)) == 5
        assert not instance.get_latest_materialization_event(gold.key)
        assert run(instance, asset, gold, selection=[gold]).success

    def test_a_warning_does_not_block(self, instance):
        assert run(instance, *self.assets(self.warning), **RANGE).success

    @pytest.mark.parametrize(
        ("condition", "asked"),
        [
            (dg.AutomationCondition.eager(), 1),
            (dg.AutomationCondition.eager() & dg.AutomationCondition.all_deps_blocking_checks_passed(), 0),
        ],
    )
    def test_eager_asks_for_what_was_blocked(self, instance, condition, asked):
        asset, gold = self.assets(self.failing, condition)
        defs = dg.Definitions(assets=[asset, gold])
        cursor = dg.evaluate_automation_conditions(defs, instance, evaluation_time=NOW).cursor
        run(instance, asset, gold, raise_on_error=False, **RANGE)
        assert (
            dg.evaluate_automation_conditions(defs, instance, cursor=cursor, evaluation_time=NOW).total_requested
            == asked
        )


class TestAutomation:
    GOLD = (
        dg.AutomationCondition.any_deps_updated()
        & ~dg.AutomationCondition.any_deps_in_progress()
        & ~dg.AutomationCondition.in_progress()
        & dg.AutomationCondition.all_deps_blocking_checks_passed()
    )

    def requests(self, instance, defs, keys, cursor):
        for day in keys:
            instance.report_runless_asset_event(dg.AssetMaterialization(DAILY, partition=day))
        result = dg.evaluate_automation_conditions(defs, instance, cursor=cursor, evaluation_time=NOW)
        return result.total_requested, result.cursor

    @pytest.mark.parametrize(("condition", "asked"), [(GOLD, 1), (dg.AutomationCondition.eager(), 0)])
    def test_unpartitioned_below_daily_with_missing_days(self, instance, condition, asked):
        @dg.asset(deps=[DAILY], automation_condition=condition)
        def gold() -> None: ...

        defs = dg.Definitions(assets=[daily(plain), gold])
        _, cursor = self.requests(instance, defs, [], None)
        first, cursor = self.requests(instance, defs, ALL_DAYS[:2], cursor)
        again, _ = self.requests(instance, defs, [], cursor)
        assert (first, again) == (asked, 0)

    @pytest.mark.parametrize(
        ("condition", "asked"),
        [
            (dg.AutomationCondition.eager(), 0),
            (dg.AutomationCondition.eager().without(dg.AutomationCondition.in_latest_time_window()), 1),
        ],
    )
    def test_eager_misses_old_days(self, instance, condition, asked):
        @dg.asset(deps=[DAILY], partitions_def=DAYS, automation_condition=condition)
        def child() -> None: ...

        defs = dg.Definitions(assets=[daily(plain), child])
        _, cursor = self.requests(instance, defs, [], None)
        assert self.requests(instance, defs, ALL_DAYS[1:2], cursor)[0] == asked
