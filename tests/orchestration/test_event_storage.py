"""BatchedSqliteEventLogStorage stores what stock SQLite storage stores, and falls back to it."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.schedules import SqliteScheduleStorage

from keystone_nexus.orchestration import sqlite_schema
from keystone_nexus.orchestration.event_storage import BatchedSqliteEventLogStorage
from keystone_nexus.orchestration.lake_instance import BatchedSqliteStorage, LakeInstance, PooledSqliteRunStorage

OURS = "instance_class: {module: keystone_nexus.orchestration.lake_instance, class: LakeInstance}\n"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
SILVER, QUARANTINE = dg.AssetKey(["silver", "orders"]), dg.AssetKey(["quarantine", "orders"])
DAYS = dg.DailyPartitionsDefinition("2018-01-01", end_date="2018-01-06")
RANGE = {
    "dagster/asset_partition_range_start": "2018-01-01",
    "dagster/asset_partition_range_end": "2018-01-05",
}


@pytest.fixture(autouse=True)
def _settings(monkeypatch):
    monkeypatch.setenv("DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS", "1")
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")


def open_home(home: Path, settings: str = OURS) -> dg.DagsterInstance:
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n" + settings)
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home)))


@dg.multi_asset(
    name="silver_orders",
    specs=[dg.AssetSpec(SILVER, code_version="1"), dg.AssetSpec(QUARANTINE, code_version="1")],
    check_specs=[
        dg.AssetCheckSpec("row_rules", asset=SILVER, blocking=True),
        dg.AssetCheckSpec("unique_key", asset=SILVER, blocking=True),
    ],
    partitions_def=DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def silver_orders(context: dg.AssetExecutionContext):
    """Only Dagster's public calls, so that nothing but the storage differs."""
    for number, day in enumerate(context.partition_keys):
        context.add_asset_metadata({"rows": number, "day": day}, asset_key=SILVER, partition_key=day)
        context.log_event(
            dg.AssetCheckEvaluation(
                asset_key=SILVER,
                check_name="row_rules",
                passed=number != 3,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"rejects": dg.MetadataValue.json({"a": number})},
                partition=day,
            )
        )
    yield dg.MaterializeResult(asset_key=SILVER)
    yield dg.MaterializeResult(asset_key=QUARANTINE)
    yield dg.AssetCheckResult(
        asset_key=SILVER, check_name="row_rules", passed=False, severity=dg.AssetCheckSeverity.WARN
    )
    yield dg.AssetCheckResult(asset_key=SILVER, check_name="unique_key", passed=True)


@dg.asset(deps=[SILVER], code_version="1")
def gold(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    context.log_event(dg.AssetObservation("source", metadata={"n": 1}))
    context.log.info("a word")
    return dg.MaterializeResult(metadata={"rows": 1})


@dg.asset_check(asset=gold, blocking=True)
def gold_is_right() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


def run(instance: dg.DagsterInstance) -> str:
    defs = dg.Definitions(assets=[silver_orders, gold], asset_checks=[gold_is_right])
    job = defs.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(instance=instance, tags=RANGE, run_config=QUIET)
    assert result.success
    return result.run_id


def rows_of(database: Path, run_id: str) -> dict[str, list]:
    """All rows but for what differs between any two runs: ids, times, processes."""

    def clean(value):
        if isinstance(value, str):
            value = value.replace(run_id, "RUN")
            value = re.sub(r'"(pid|timestamp|duration_ms|storage_id|startTime|endTime)": [\d.e+-]+', r'"\1": 0', value)
            value = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", "TIME", value)
            value = re.sub(r"0x[0-9a-f]+|/[\w/.-]*(home|stock|ours)[\w/.-]*", "X", value)
            value = re.sub(r"pid: \d+|in \d+(\.\d+)?m?s|\d+ms|\w{8}-\w{4}-\w{4}-\w{4}-\w{12}|\b[a-z]{8}\b", "X", value)
        return value

    found = {}
    with closing(sqlite3.connect(database)) as connection:
        for table in ("event_logs", "asset_keys", "asset_event_tags", "asset_check_executions"):
            cursor = connection.execute(f"SELECT * FROM {table}")
            names = [d[0] for d in cursor.description]
            rows = [
                tuple(clean(v) for n, v in zip(names, row, strict=True) if not n.endswith("id") or n == "run_id")
                for row in cursor
            ]
            if table == "asset_check_executions":
                # Stock plans a row per day; only those that somebody settles are the same.
                rows = [row for row in rows if "PLANNED" not in row]
            found[table] = sorted(rows, key=repr)
    return found


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """The same run on stock storage and on ours."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS", "1")
        patch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
        with open_home(home / "stock", "") as stock, open_home(home / "ours") as ours:
            yield (stock, run(stock), home / "stock"), (ours, run(ours), home / "ours")


class TestConfiguration:
    def test_the_instance_class_uses_our_storage_in_its_home(self, tmp_path):
        with open_home(tmp_path / "home") as instance:
            assert type(instance) is LakeInstance
            assert type(instance.event_log_storage) is BatchedSqliteEventLogStorage
            assert type(instance.run_storage) is PooledSqliteRunStorage
            assert instance.event_log_storage.is_fast
        assert (tmp_path / "home/history/runs/index.db").exists()

    def test_so_does_an_event_log_storage_entry(self, tmp_path):
        entry = (
            "event_log_storage:\n  module: keystone_nexus.orchestration.event_storage\n"
            f"  class: BatchedSqliteEventLogStorage\n  config: {{base_dir: {tmp_path}/events}}\n"
        )
        with open_home(tmp_path / "home", entry) as instance:
            assert type(instance.event_log_storage) is BatchedSqliteEventLogStorage
            assert run(instance)
        assert (tmp_path / "events/index.db").exists()

    def test_another_process_gets_the_same_instance(self, tmp_path):
        with open_home(tmp_path / "home") as instance:
            again = dg.DagsterInstance.from_ref(InstanceRef.from_dict(instance.get_ref().to_dict()))
            assert type(again.event_log_storage) is BatchedSqliteEventLogStorage
            assert again.root_directory == instance.root_directory
            again.dispose()

    def test_the_temporary_home_of_dagster_dev(self, tmp_path):
        """`dagster dev` without DAGSTER_HOME takes the settings of the checkout for a directory of its own."""
        (tmp_path / "dagster.yaml").write_text(OURS)
        ref = InstanceRef.from_dir(str(tmp_path / "temporary"), config_dir=str(tmp_path))
        with dg.DagsterInstance.from_ref(ref) as instance:
            assert type(instance.event_log_storage) is BatchedSqliteEventLogStorage
            assert instance.root_directory == str(tmp_path / "temporary")
        assert (tmp_path / "temporary/history/runs/index.db").exists()
        assert not (tmp_path / "history").exists()

    def test_a_home_opens_with_stock_and_back(self, tmp_path):
        with open_home(tmp_path / "home", "") as instance:
            first = run(instance)
        with open_home(tmp_path / "home") as instance:
            second = run(instance)
        with open_home(tmp_path / "home", "") as instance:
            assert type(instance.event_log_storage) is SqliteEventLogStorage
            assert {r.run_id for r in instance.get_runs()} == {first, second}
            assert len(instance.get_materialized_partitions(SILVER)) == 5


class TestNewDatabases:
    def test_they_are_what_dagster_makes(self, tmp_path):
        SqliteRunStorage.from_local(str(tmp_path / "stock/history"))
        SqliteEventLogStorage(str(tmp_path / "stock/history/runs"))
        SqliteScheduleStorage.from_local(str(tmp_path / "stock/schedules"))
        BatchedSqliteStorage(str(tmp_path / "ours"))

        def content(path: Path):
            with closing(sqlite3.connect(path)) as connection:
                schema = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
                version = connection.execute("SELECT * FROM alembic_version").fetchall()
                migrations = connection.execute(
                    "SELECT name, migration_completed > 0 FROM secondary_indexes"
                ).fetchall()
                mode = connection.execute("PRAGMA journal_mode").fetchall()
            return sorted(schema, key=repr), version, sorted(migrations), mode

        for name in ("history/runs.db", "history/runs/index.db", "schedules/schedules.db"):
            assert content(tmp_path / "ours" / name) == content(tmp_path / "stock" / name), name

    def test_the_revision_is_alembics_head(self, tmp_path):
        storage = BatchedSqliteEventLogStorage(str(tmp_path))
        assert storage.alembic_version() == (sqlite_schema.REVISION, sqlite_schema.REVISION)

    def test_many_processes_may_open_a_fresh_home_at_once(self, tmp_path):
        command = [sys.executable, "-c", FRESH, str(tmp_path / "home")]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        opening = [subprocess.Popen(command, **pipes) for _ in range(8)]
        try:
            assert [one.stdout.readline() for one in opening] == ["ready\n"] * 8
            for one in opening:
                one.stdin.write("open\n")
                one.stdin.flush()
            said = [one.communicate(timeout=120) for one in opening]
        finally:
            for one in opening:
                one.kill()
        assert said == [("True\n", "")] * 8
        assert not list(tmp_path.rglob("*.new"))


# Processes of their own: a pool that is forked beside other libraries' threads may hang when it ends.
FRESH = """
import sys
from keystone_nexus.orchestration.lake_instance import BatchedSqliteStorage
print("ready", flush=True)
sys.stdin.readline()
print(BatchedSqliteStorage(sys.argv[1]).event_log_storage.is_fast)
"""


class TestSameAsStock:
    @pytest.mark.parametrize("table", ["event_logs", "asset_keys", "asset_event_tags", "asset_check_executions"])
    def test_rows_of_the_index(self, pair, table):
        stock, ours = (rows_of(home / "history/runs/index.db", run_id)[table] for _, run_id, home in pair)
        assert ours == stock
        assert ours

    def test_rows_of_the_runs_shard(self, pair):
        stock, ours = (rows_of(home / f"history/runs/{run_id}.db", run_id) for _, run_id, home in pair)
        assert ours == stock
        assert len(ours["event_logs"]) > 30

    def test_order_of_the_runs_events(self, pair):
        stock, ours = ([e.dagster_event_type for e in i.all_logs(run_id)] for i, run_id, _ in pair)
        assert ours == stock

    def test_answers_about_assets(self, pair):
        def answers(instance: dg.DagsterInstance):
            storage = instance.event_log_storage
            latest = instance.get_latest_materialization_events([SILVER, QUARANTINE, gold.key])
            return {
                "partitions": instance.get_materialized_partitions(SILVER),
                "latest": {
                    k: (e.asset_materialization.metadata, e.asset_materialization.partition) for k, e in latest.items()
                },
                "keys": set(instance.all_asset_keys()),
                "tags": storage.get_latest_tags_by_partition(
                    SILVER, dg.DagsterEventType.ASSET_MATERIALIZATION, ["dagster/data_version"]
                ),
                "metadata": {
                    r.partition_key: r.asset_materialization.metadata["rows"].value
                    for r in instance.fetch_materializations(SILVER, limit=100).records
                },
                "planned": storage.get_latest_planned_materialization_info(gold.key) is not None,
                "observed": len(instance.fetch_observations(dg.AssetKey("source"), limit=9).records),
            }

        (stock, _, _), (ours, _, _) = pair
        assert answers(ours) == answers(stock)

    def test_answers_about_runs(self, pair):
        def answers(instance: dg.DagsterInstance, run_id: str):
            stats = instance.get_run_stats(run_id)
            steps = {s.step_key: s.status for s in instance.get_run_step_stats(run_id)}
            changes = instance.fetch_run_status_changes(dg.DagsterEventType.RUN_SUCCESS, limit=9).records
            return (
                stats.materializations,
                stats.steps_succeeded,
                steps,
                len(changes),
                instance.get_run_by_id(run_id).status,
            )

        assert len({repr(answers(i, run_id)) for i, run_id, _ in pair}) == 1

    def test_answers_about_checks(self, pair):
        def answers(instance: dg.DagsterInstance):
            storage = instance.event_log_storage
            keys = [dg.AssetCheckKey(SILVER, "row_rules"), dg.AssetCheckKey(SILVER, "unique_key")]
            latest = storage.get_latest_asset_check_execution_by_key(keys)
            history = storage.get_asset_check_execution_history(keys[0], limit=99)
            return (
                {k: (r.status, r.partition) for k, r in latest.items()},
                {r.partition: (r.status, r.evaluation.metadata) for r in history},
            )

        (stock, _, _), (ours, _, _) = pair
        assert answers(ours) == answers(stock)

    def test_wiping(self, tmp_path):
        with open_home(tmp_path / "home") as instance:
            run(instance)
            instance.wipe_assets([SILVER])
            assert not instance.get_materialized_partitions(SILVER)
            run(instance)
            assert len(instance.get_materialized_partitions(SILVER)) == 5
            instance.event_log_storage.wipe()
            assert not instance.all_asset_keys()
            run(instance)


class TestPlannedChecks:
    def test_no_planned_row_is_left(self, pair):
        (_, _, stock), (_, _, ours) = pair
        count = "SELECT count(*) FROM asset_check_executions WHERE execution_status = 'PLANNED'"
        left = []
        for home in (stock, ours):
            with closing(sqlite3.connect(home / "history/runs/index.db")) as connection:
                left.append(connection.execute(count).fetchone()[0])
        # Stock plans each of the five days for whole-table checks and for gold's check, and settles none of them.
        assert left == [10, 0]

    def test_a_planned_check_is_the_newest_row_until_it_is_settled(self, tmp_path):
        """So a run that dies between its days' verdicts and the overall one never counts as passed."""
        key = dg.AssetCheckKey(SILVER, "row_rules")
        seen = {}

        @dg.multi_asset(
            specs=[dg.AssetSpec(SILVER)],
            check_specs=[dg.AssetCheckSpec("row_rules", asset=SILVER)],
            partitions_def=DAYS,
        )
        def step(context: dg.AssetExecutionContext):
            for day in context.partition_keys:
                context.log_event(
                    dg.AssetCheckEvaluation(asset_key=SILVER, check_name="row_rules", passed=True, partition=day)
                )
            seen.update(context.instance.event_log_storage.get_latest_asset_check_execution_by_key([key]))
            yield dg.MaterializeResult(asset_key=SILVER)
            yield dg.AssetCheckResult(asset_key=SILVER, passed=False)

        with open_home(tmp_path / "home") as instance:
            assert dg.materialize([step], instance=instance, tags=RANGE, run_config=QUIET).success
            assert (seen[key].status.value, seen[key].partition) == ("PLANNED", None)
            (latest,) = instance.event_log_storage.get_latest_asset_check_execution_by_key([key]).values()
            assert (latest.status.value, latest.partition) == ("FAILED", None)


class TestFallback:
    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE alembic_version SET version_num = 'another'",
            "ALTER TABLE event_logs ADD COLUMN something TEXT",
        ],
    )
    def test_another_schema_is_left_to_dagster(self, tmp_path, caplog, monkeypatch, change):
        with open_home(tmp_path / "home"):
            pass
        with closing(sqlite3.connect(tmp_path / "home/history/runs/index.db")) as connection:
            connection.execute(change)
            connection.commit()
        monkeypatch.setattr(BatchedSqliteEventLogStorage, "_store", None)
        with open_home(tmp_path / "home") as instance:
            assert not instance.event_log_storage.is_fast
            assert "slower code" in caplog.text
            assert run(instance)
            assert len(instance.get_materialized_partitions(SILVER)) == 5

    def test_so_is_another_version(self, tmp_path, caplog, monkeypatch):
        monkeypatch.setattr(sqlite_schema, "DAGSTER_MINOR", "1.99")
        monkeypatch.setattr(BatchedSqliteEventLogStorage, "_store", None)
        with open_home(tmp_path / "home") as instance:
            assert not instance.event_log_storage.is_fast
            assert run(instance)
        assert caplog.text.count("slower code") == 1


WRITER = """
import sys, dagster as dg
from dagster._core.instance.ref import InstanceRef
from dagster._core.events import DagsterEvent, DagsterEventType, StepMaterializationData
instance = dg.DagsterInstance.from_ref(InstanceRef.from_dir(sys.argv[1]))
run_id, batches = sys.argv[2], int(sys.argv[3])
from dagster._core.events.log import EventLogEntry
import time
def entry(day):
    event = DagsterEvent(
        event_type_value="ASSET_MATERIALIZATION", job_name="j", step_key="s",
        event_specific_data=StepMaterializationData(
            dg.AssetMaterialization("a", partition=day, tags={"dagster/data_version": day})),
    )
    return EventLogEntry(None, 10, "", run_id, time.time(), "s", "j", event)
print("ready", flush=True)
for batch in range(batches):
    instance.event_log_storage.store_event_batch([entry(f"{run_id}-{batch}-{n}") for n in range(20)])
    instance.event_log_storage.store_event(entry(f"{run_id}-{batch}-last"))
    print(batch, flush=True)
instance.dispose()
"""


class TestProcesses:
    def start(self, home: Path, run_id: str, batches: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", textwrap.dedent(WRITER), str(home), run_id, str(batches)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def test_two_write_at_once(self, tmp_path):
        home = tmp_path / "home"
        with open_home(home) as instance:
            writers = [self.start(home, run_id, 25) for run_id in ("one", "two")]
            assert [w.wait(60) for w in writers] == [0, 0]
            days = instance.get_materialized_partitions(dg.AssetKey("a"))
            assert len(days) == 2 * 25 * 21
            tags = instance.event_log_storage.get_latest_tags_by_partition(
                dg.AssetKey("a"), dg.DagsterEventType.ASSET_MATERIALIZATION, ["dagster/data_version"]
            )
            assert all(of_day == {"dagster/data_version": day} for day, of_day in tags.items())
            assert len(tags) == len(days)

    def test_killed_while_writing(self, tmp_path):
        home = tmp_path / "home"
        with open_home(home):
            pass
        writer = self.start(home, "one", 100_000)
        while writer.stdout.readline() != "5\n":
            pass
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
        for name in ("index", "one"):
            with closing(sqlite3.connect(home / f"history/runs/{name}.db")) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        with open_home(home) as instance:
            days = instance.get_materialized_partitions(dg.AssetKey("a"))
            assert len(days) >= 6 * 21
            assert len(days) % 21 in (0, 20)  # whole batches only
            assert instance.get_latest_materialization_event(dg.AssetKey("a"))
            run(instance)

    def test_a_failed_batch_leaves_nothing(self, tmp_path, monkeypatch):
        """Dagster then stores its events one by one, so a half-stored batch would be there twice."""
        with open_home(tmp_path / "home") as instance:
            storage = instance.event_log_storage
            fail = [True]

            def failing(self, *arguments):
                if fail.pop() if fail else False:
                    raise sqlite3.OperationalError("disk I/O error")
                return original(self, *arguments)

            original = BatchedSqliteEventLogStorage._index_assets
            monkeypatch.setattr(BatchedSqliteEventLogStorage, "_index_assets", failing)
            run_id = run(instance)
            planned = instance.event_log_storage.get_records_for_run(
                run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
            )
            assert len(planned.records) == 3
            assert storage.get_asset_records([SILVER])

    def test_the_ui_hears_of_events_while_the_run_is_open(self, tmp_path):
        """Its watcher looks at the run's file, which a held WAL connection would not touch."""
        heard = threading.Event()
        with open_home(tmp_path / "home") as instance, open_home(tmp_path / "home") as viewer:
            storage = instance.event_log_storage
            instance.report_engine_event("hear", job_name="j", run_id="a-run")
            time.sleep(0.1)
            viewer.watch_event_logs("a-run", None, lambda *_: heard.set())
            instance.report_engine_event("hear again", job_name="j", run_id="a-run")
            assert heard.wait(10)
            assert "a-run" in storage._connections

    def test_a_fork_opens_its_own_connections(self, tmp_path):
        with open_home(tmp_path / "home") as instance:
            done = subprocess.run([sys.executable, "-c", FORK, str(tmp_path / "home")], timeout=60, check=False)
            assert done.returncode == 0
            assert [e.message for e in instance.all_logs("a-run")] == ["first", "in the fork", "after it"]


FORK = """
import os, sys, dagster as dg
from dagster._core.instance.ref import InstanceRef
instance = dg.DagsterInstance.from_ref(InstanceRef.from_dir(sys.argv[1]))
def say(text):
    instance.report_engine_event(text, job_name="j", run_id="a-run")
say("first"), instance.get_runs()
pid = os.fork()
if pid == 0:
    say("in the fork")
    os._exit(len(instance.get_runs()))
assert os.waitpid(pid, 0)[1] == 0
say("after it")
assert not instance.get_runs()
"""


def test_json_of_rows_is_dagsters(pair):
    """The index keeps events as Dagster reads them, whoever wrote them."""
    _, (ours, run_id, home) = pair
    with closing(sqlite3.connect(home / "history/runs/index.db")) as connection:
        for (text,) in connection.execute("SELECT event FROM event_logs"):
            assert json.loads(text)["__class__"] == "EventLogEntry"
    assert ours.get_run_by_id(run_id)
