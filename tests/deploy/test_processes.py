"""The production settings for real: PostgreSQL, S3 logs, separate processes, and a roll-out without a gap."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import psycopg2
import pytest

from tests.deploy.postgres import PASSWORD, USER, Server, free_port
from tests.deploy.stack import ROOT, Processes, is_loaded, launch, production_env, status, waited

pytestmark = pytest.mark.processes

ROLLOUT = ROOT / "deploy" / "rollout.py"


@pytest.fixture(scope="module")
def stack(tmp_path_factory, postgres: Server, s3: str, built_lake: Path) -> Iterator[Processes]:
    """Code server, webserver and daemon, started by the image's entrypoint."""
    folder = tmp_path_factory.mktemp("stack")
    lake = Path(shutil.copytree(built_lake, folder / "lake"))
    shutil.rmtree(lake / ".dagster")
    for port in (4000, 4001):
        assert not listening(port), f"something listens on port {port}, which this test needs: stop it"
    found = Processes(production_env(folder, postgres, s3, lake), folder)
    try:
        found.role("code", KEYSTONE_CODE_PORT="4000")
        found.role("webserver")
        found.role("daemon")
        port = int(found.env["KEYSTONE_UI_PORT"])
        waited("the code location", lambda: is_loaded(port))
        yield found
    finally:
        found.stop()


def ui(stack: Processes) -> int:
    return int(stack.env["KEYSTONE_UI_PORT"])


def test_each_role_is_healthy_by_the_images_own_check(stack: Processes):
    def healthy(role: str) -> bool:
        env = {**stack.env, "KEYSTONE_ROLE": role}
        return (
            subprocess.run([ROOT / "deploy" / "healthcheck.sh"], env=env, capture_output=True, check=False).returncode
            == 0
        )

    for role in ("code", "webserver", "daemon"):
        waited(f"health of {role}", lambda role=role: healthy(role), 120)
    env = {**stack.env, "KEYSTONE_ROLE": "code", "KEYSTONE_CODE_PORT": str(free_port())}
    dead = subprocess.run([ROOT / "deploy" / "healthcheck.sh"], env=env, capture_output=True, check=False)
    assert dead.returncode != 0


def test_a_queued_run_builds_days_in_postgresql_with_its_logs_in_s3(stack: Processes, s3: str):
    tags = {"dagster/asset_partition_range_start": "2018-01-01", "dagster/asset_partition_range_end": "2018-01-31"}
    run_id = launch(ui(stack), "build_silver", tags)
    ended = waited(
        "the end of the run",
        lambda: status(ui(stack), run_id) in ("SUCCESS", "FAILURE") and status(ui(stack), run_id),
        300,
    )
    assert ended == "SUCCESS", stack.said()
    connection = psycopg2.connect(
        host="127.0.0.1",
        port=stack.env["DAGSTER_PG_PORT"],
        user=USER,
        password=PASSWORD,
        dbname=stack.env["DAGSTER_PG_DB"],
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(distinct partition) from event_logs where asset_key = %s and run_id = %s and "
            "dagster_event_type = 'ASSET_MATERIALIZATION'",
            ('["silver", "orders"]', run_id),
        )
        assert cursor.fetchone() == (31,)
    connection.close()
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    listed = boto3.client("s3", endpoint_url=s3, **keys).list_objects_v2(Bucket="keystone-logs", Prefix="dagster/")
    assert any(run_id in one["Key"] for one in listed.get("Contents", [])), "the steps' logs"


class Asker(threading.Thread):
    """Asks the webserver for the location without a pause, and notes what it got."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.answers, self.failures, self.stopping = port, 0, [], threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(0.1):
            try:
                if is_loaded(self.port):
                    self.answers += 1
                else:
                    self.failures.append("not loaded")
            except Exception as error:
                self.failures.append(repr(error))


def listening(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def commands(stack: Processes, folder: Path, more: str = "") -> list[str]:
    """What systemd does on a host: start and stop a code server by its port."""
    start = f"{more} {sys.executable} {ROOT / 'tests' / 'deploy' / 'start.py'} {folder} {{port}}"
    return ["--start", start, "--stop", f"kill $(cat {folder}/{{port}}.pid)", "--patience", "120"]


def roll(stack: Processes, *options: str) -> subprocess.CompletedProcess[str]:
    workspace = stack.env["KEYSTONE_WORKSPACE"]
    url = f"http://127.0.0.1:{ui(stack)}"
    return subprocess.run(
        [sys.executable, ROLLOUT, "--workspace", workspace, "--url", url, *options],
        env=stack.env, capture_output=True, text=True, timeout=600, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


class TestRollout:
    def test_code_that_does_not_load_changes_nothing(self, stack: Processes, tmp_path: Path):
        before = Path(stack.env["KEYSTONE_WORKSPACE"]).read_text()
        done = roll(
            stack, *commands(stack, tmp_path, "KEYSTONE_ENV=nowhere KEYSTONE_LAST_DAY=never"), "--patience", "40"
        )
        assert done.returncode == 1, done.stdout
        assert "port 4000 goes on serving" in done.stderr
        assert Path(stack.env["KEYSTONE_WORKSPACE"]).read_text() == before
        assert is_loaded(ui(stack))

    def test_a_port_that_is_taken_is_refused(self, stack: Processes, tmp_path: Path):
        with socket.create_server(("127.0.0.1", 4001)):
            done = roll(stack, *commands(stack, tmp_path))
        assert done.returncode == 1
        assert "port 4001 is taken" in done.stderr
        assert not (tmp_path / "4001.pid").exists(), "nothing was started"

    def test_the_new_server_takes_over_while_requests_are_answered(self, stack: Processes, tmp_path: Path):
        (tmp_path / "4000.pid").write_text(str(stack.running[0].pid))
        asker = Asker(ui(stack))
        asker.start()
        try:
            done = roll(stack, *commands(stack, tmp_path), "--settle", "5")
            assert done.returncode == 0, done.stderr + stack.said()
            assert done.stdout.splitlines() == ["port 4001 serves", "port 4000 is stopped"]
            time.sleep(2)
            run_id = launch(ui(stack), "quality")
            ended = waited(
                "a run of the new server",
                lambda: status(ui(stack), run_id) in ("SUCCESS", "FAILURE") and status(ui(stack), run_id),
                240,
            )
            assert ended == "SUCCESS", stack.said()
        finally:
            asker.stopping.set()
            asker.join(60)
            os.kill(int((tmp_path / "4001.pid").read_text()), 15)
            waited("the end of the new server", lambda: not listening(4001), 90)
        assert asker.failures == []
        assert asker.answers > 20

    def test_a_workspace_that_is_none_is_refused(self, stack: Processes, tmp_path: Path):
        odd = tmp_path / "workspace.yaml"
        odd.write_text("load_from: []\n")
        done = subprocess.run(
            [sys.executable, ROLLOUT, "--workspace", odd], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "names no port of (4000, 4001)" in done.stderr
