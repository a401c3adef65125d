"""BatchedPostgresStorage stores what stock PostgreSQL storage stores, survives restarts, and follows rotations."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import boto3
import dagster as dg
import psycopg2
import pytest
from dagster._core.instance.ref import InstanceRef
from dagster_postgres.event_log import PostgresEventLogStorage
from moto import mock_aws

from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.orchestration import day_events, postgres_storage
from keystone_nexus.orchestration.postgres_password import PasswordFrom
from keystone_nexus.orchestration.postgres_storage import BatchedPostgresEventLogStorage
from tests.deploy.postgres import PASSWORD, USER, Server
from tests.orchestration.test_day_events import RANGE as DAY_RANGE
from tests.orchestration.test_day_events import RULES, events_of, graph
from tests.orchestration.test_day_events import run as run_days
from tests.orchestration.test_event_storage import QUARANTINE, SILVER, gold, run

TABLES = ("event_logs", "asset_keys", "asset_event_tags", "asset_check_executions")
OURS = "module: keystone_nexus.orchestration.postgres_storage\n    class: BatchedPostgresStorage"


@pytest.fixture(autouse=True)
def _settings(monkeypatch):
    for name, value in day_events.event_settings().items():
        monkeypatch.setenv(name, value)


def open_instance(home: Path, server: Server, database: str, kind: str, more: str = f"password: {PASSWORD}"):
    """An instance in PostgreSQL: `ours`, or Dagster's own."""
    outside = "password_from" in more
    place = (
        f"{{username: {USER}, hostname: 127.0.0.1, port: {server.port}, db_name: {database}, scheme: postgresql+psycopg2"
        + ("}" if outside else f", {more}}}")
    )
    settings = f"postgres_db: {place}" + (f"\n      {more}" if outside else "")
    storage = (
        f"custom:\n    {OURS}\n    config:\n      {settings}" if kind == "ours" else f"postgres:\n      {settings}"
    )
    home.mkdir(exist_ok=True)
    home.joinpath("dagster.yaml").write_text(f"telemetry: {{enabled: false}}\nstorage:\n  {storage}\n")
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home)))


def rows_of(server: Server, database: str, run_id: str) -> dict[str, list]:
    """All rows but for what differs between any two runs."""

    def clean(value):
        if isinstance(value, str):
            value = value.replace(run_id, "RUN")
            value = re.sub(r'"(pid|timestamp|duration_ms|storage_id|startTime|endTime)": [\d.e+-]+', r'"\1": 0', value)
            value = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", "TIME", value)
            value = re.sub(r"0x[0-9a-f]+|/[\w/.-]*(home|stock|ours)[\w/.-]*", "X", value)
            value = re.sub(r"pid: \d+|in \d+(\.\d+)?m?s|\d+ms|\w{8}-\w{4}-\w{4}-\w{4}-\w{12}|\b[a-z]{8}\b", "X", value)
        return "TIME" if hasattr(value, "isoformat") else value

    found = {}
    connection = psycopg2.connect(server.url(database))
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")
            names = [d[0] for d in cursor.description]
            rows = [
                tuple(clean(v) for n, v in zip(names, row, strict=True) if not n.endswith("id") or n == "run_id")
                for row in cursor
            ]
            if table == "asset_check_executions":  # stock plans a row per day, which nobody ever settles
                rows = [row for row in rows if "PLANNED" not in row]
            found[table] = sorted(rows, key=repr)
    connection.close()
    return found


@pytest.fixture(scope="module")
def pair(tmp_path_factory, postgres: Server):
    """The same run on stock storage and on ours."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in day_events.event_settings().items():
            patch.setenv(name, value)
        found = []
        for kind in ("stock", "ours"):
            database = postgres.database()
            instance = open_instance(folder / kind, postgres, database, kind)
            found.append((instance, run(instance), database))
        yield found
        for instance, _, _ in found:
            instance.dispose()


class TestSameAsStock:
    def test_ours_is_ours(self, pair):
        (stock, _, _), (ours, _, _) = pair
        assert type(stock.event_log_storage) is PostgresEventLogStorage
        assert type(ours.event_log_storage) is BatchedPostgresEventLogStorage
        assert ours.event_log_storage.is_fast

    @pytest.mark.parametrize("table", TABLES)
    def test_rows(self, pair, postgres: Server, table: str):
        stock, ours = (rows_of(postgres, database, run_id)[table] for _, run_id, database in pair)
        assert ours == stock
        assert ours

    def test_order_of_the_runs_events(self, pair):
        stock, ours = ([e.dagster_event_type for e in i.all_logs(run_id)] for i, run_id, _ in pair)
        assert ours == stock

    def test_answers(self, pair):
        def answers(instance: dg.DagsterInstance, run_id: str):
            storage = instance.event_log_storage
            checks = [dg.AssetCheckKey(SILVER, "row_rules"), dg.AssetCheckKey(SILVER, "unique_key")]
            latest = instance.get_latest_materialization_events([SILVER, QUARANTINE, gold.key])
            newest = storage.get_latest_asset_check_execution_by_key(checks)
            return {
                "partitions": instance.get_materialized_partitions(SILVER),
                "latest": {k: (e.asset_materialization.metadata, e.asset_materialization.partition) for k, e in latest.items()},
                "keys": set(instance.all_asset_keys()),
                "tags": storage.get_latest_tags_by_partition(SILVER, dg.DagsterEventType.ASSET_MATERIALIZATION, ["dagster/data_version"]),
                "checks": {k: (r.status, r.partition) for k, r in newest.items()},
                "steps": {s.step_key: s.status for s in instance.get_run_step_stats(run_id)},
                "run": instance.get_run_by_id(run_id).status,
            }  # fmt: skip

        stock, ours = (answers(i, run_id) for i, run_id, _ in pair)
        assert ours == stock
        assert len(ours["partitions"]) == 5

    def test_the_days_of_a_step_are_what_dagsters_public_calls_record(self, tmp_path, postgres: Server, monkeypatch):
        found = {}
        for kind in ("stock", "ours"):
            with monkeypatch.context() as patch:
                if kind == "stock":
                    patch.setattr(day_events, "INTERNALS", False)
                with open_instance(tmp_path / kind, postgres, postgres.database(), kind) as instance:
                    done = run_days(instance, graph())
                    assert done.success
                    history = instance.event_log_storage.get_asset_check_execution_history(RULES, limit=99)
                    found[kind] = (
                        events_of(instance, done.run_id),
                        instance.get_materialized_partitions(SILVER),
                        {(r.partition, r.status) for r in history if r.status.value != "PLANNED"},
                    )
        assert found["ours"] == found["stock"]
        assert len(found["ours"][1]) == 5
        assert DAY_RANGE["dagster/asset_partition_range_start"] in found["ours"][1]


class TestWrites:
    def test_a_batch_is_all_or_nothing(self, tmp_path, postgres: Server, monkeypatch):
        original = BatchedPostgresEventLogStorage._write_checks

        def failing(self, index, run_id, checks):
            original(self, index, run_id, checks)
            if any(check.partition for check in checks):
                raise psycopg2.OperationalError("could not write")

        monkeypatch.setattr(BatchedPostgresEventLogStorage, "_write_checks", failing)
        with open_instance(tmp_path / "home", postgres, postgres.database(), "ours") as instance:
            assert not run_days(instance, graph()).success
            assert not instance.get_materialized_partitions(SILVER)

    def test_two_processes_write_the_same_assets_at_once(self, tmp_path, postgres: Server):
        from tests.orchestration.test_event_storage import WRITER

        home = tmp_path / "home"
        with open_instance(home, postgres, postgres.database(), "ours") as instance:
            command = [sys.executable, "-c", WRITER, str(home)]
            writers = [
                subprocess.Popen([*command, run_id, "25"], stdout=subprocess.DEVNULL) for run_id in ("one", "two")
            ]
            assert [w.wait(120) for w in writers] == [0, 0]
            days = instance.get_materialized_partitions(dg.AssetKey("a"))
            assert len(days) == 2 * 25 * 21

    def test_a_server_that_restarted_is_connected_to_anew(self, tmp_path, postgres: Server):
        with open_instance(tmp_path / "home", postgres, postgres.database(), "ours") as instance:
            run(instance)
            postgres.restart()
            run(instance)
            assert len(instance.get_runs()) == 2

    def test_another_schema_is_left_to_dagster(self, tmp_path, postgres: Server, caplog, monkeypatch):
        database = postgres.database()
        with open_instance(tmp_path / "home", postgres, database, "ours"):
            pass
        postgres.sql("ALTER TABLE event_logs ADD COLUMN something TEXT", database=database)
        monkeypatch.setattr(BatchedPostgresEventLogStorage, "_store", None)
        with open_instance(tmp_path / "home", postgres, database, "ours") as instance:
            assert not instance.event_log_storage.is_fast
            assert "slower code" in caplog.text
            assert run(instance)

    def test_another_dagster_too(self, tmp_path, postgres: Server, monkeypatch):
        monkeypatch.setattr(postgres_storage, "known_dagster", lambda: False)
        with open_instance(tmp_path / "home", postgres, postgres.database(), "ours") as instance:
            assert not instance.event_log_storage.is_fast


FRESH = """
import sys, dagster as dg
from dagster._core.instance.ref import InstanceRef
instance = dg.DagsterInstance.from_ref(InstanceRef.from_dir(sys.argv[1]))
print(instance.event_log_storage.is_fast, len(instance.get_runs()))
"""


@pytest.mark.long
def test_several_processes_may_open_a_fresh_database_at_once(tmp_path, postgres: Server):
    """As webserver, daemon and code server do when a stack starts for the first time."""
    home = tmp_path / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dg.DagsterInstance, "from_ref", lambda _: None)
        open_instance(home, postgres, postgres.database(), "ours")
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", FRESH, str(home)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    answers = [one.communicate(timeout=180) for one in openers]
    assert [out.split() for out, _ in answers] == [["True", "0"]] * 4, answers
    assert not any("Retrying" in err for _, err in answers)


class TestPassword:
    def test_another_process_gets_the_same_storage_and_no_password(self, tmp_path, postgres: Server):
        file = tmp_path / "password"
        file.write_text(PASSWORD + "\n")
        with open_instance(tmp_path / "home", postgres, postgres.database(), "ours", f"password_from: {file}") as one:
            told = json.dumps(one.get_ref().to_dict())
            assert PASSWORD not in told
            again = dg.DagsterInstance.from_ref(InstanceRef.from_dict(json.loads(told)))
            assert type(again.event_log_storage) is BatchedPostgresEventLogStorage
            run(again)
            assert len(one.get_runs()) == 1
            again.dispose()

    def test_a_rotation_is_followed_while_running(self, tmp_path, postgres: Server):
        """The secret changes, the database refuses the old one, nothing is restarted."""
        with mock_aws():
            client = boto3.client("secretsmanager", region_name="us-east-1")
            text = json.dumps({"username": USER, "password": PASSWORD})
            arn = client.create_secret(Name="dagster", SecretString=text)["ARN"]
            with open_instance(
                tmp_path / "home", postgres, postgres.database(), "ours", f"password_from: '{arn}'"
            ) as instance:
                run(instance)
                try:
                    postgres.sql(f"ALTER USER {USER} PASSWORD 'another one'")
                    client.put_secret_value(
                        SecretId=arn, SecretString=json.dumps({"username": USER, "password": "another one"})
                    )
                    instance.event_log_storage.dispose()  # its open connection would outlive the rotation
                    run(instance)
                    assert len(instance.get_runs()) == 2
                finally:
                    postgres.sql(f"ALTER USER {USER} PASSWORD '{PASSWORD}'", password="another one")

    def test_what_cannot_be_read_is_said_with_the_permission_that_it_needs(self, tmp_path):
        with mock_aws(), pytest.raises(EnvironmentFault, match="secretsmanager:GetSecretValue"):
            PasswordFrom("arn:aws:secretsmanager:us-east-1:123456789012:secret:none").get_token()
        with pytest.raises(EnvironmentFault, match="No such file"):
            PasswordFrom(str(tmp_path / "none")).get_token()
        with pytest.raises(Refused, match="absolute path"):
            PasswordFrom("secret")
        (tmp_path / "empty").write_text("\n")
        with pytest.raises(Refused, match="is empty"):
            PasswordFrom(str(tmp_path / "empty")).get_token()
