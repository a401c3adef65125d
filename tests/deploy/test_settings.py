"""The production settings: every part of them loads in Dagster, and the two ways differ in the launcher alone."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import boto3
import pytest
import yaml
from dagster._core.instance.ref import InstanceRef
from moto import mock_aws

ROOT = Path(__file__).parents[2]
ONE_HOST, FARGATE = ROOT / "deploy" / "dagster.yaml", ROOT / "deploy" / "dagster.fargate.yaml"
SECRET = re.compile(r"(?i)(password|secret|token):\s*['\"]?[^\s{n]")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("KEYSTONE_LOG_BUCKET", "logs")
    with mock_aws():
        yield


def test_the_two_differ_in_the_launcher_alone():
    one, other = (yaml.safe_load(path.read_text()) for path in (ONE_HOST, FARGATE))
    assert one.pop("run_launcher") != other.pop("run_launcher")
    assert one == other


@pytest.mark.parametrize("path", [ONE_HOST, FARGATE], ids=["one host", "fargate"])
def test_it_holds_no_secret_and_every_part_is_configured_as_dagster_takes_it(path: Path, aws, monkeypatch):
    assert not SECRET.search(path.read_text())
    ecs = boto3.client("ecs", region_name="us-east-1")
    container = {"name": "run", "image": "keystone@sha256:0", "memory": 512}
    ecs.register_task_definition(family="keystone-run", containerDefinitions=[container])
    monkeypatch.setenv("KEYSTONE_RUN_TASK_DEFINITION", "keystone-run")
    ref = InstanceRef.from_dir(str(path.parent), config_filename=path.name)
    assert type(ref.compute_log_manager).__name__ == "S3ComputeLogManager"
    assert type(ref.run_launcher).__name__ == ("EcsRunLauncher" if path is FARGATE else "DefaultRunLauncher")
    assert type(ref.run_coordinator).__name__ == "QueuedRunCoordinator"
    settings = ref.settings
    assert settings["run_monitoring"]["enabled"]
    assert settings["run_retries"]["retry_on_asset_or_op_failure"] is False
    assert settings["retention"]["sensor"]["purge_after_days"]["skipped"] == 3
    runs = settings["concurrency"]["runs"]
    assert runs["max_concurrent_runs"] == 4
    assert {"key": "dagster/asset_partition_range_start", "value": {"applyLimitPerUniqueValue": True}, "limit": 1} in (
        runs["tag_concurrency_limits"]
    )


def test_a_task_definition_without_the_container_is_refused(aws, monkeypatch):
    ecs = boto3.client("ecs", region_name="us-east-1")
    container = {"name": "other", "image": "x", "memory": 512}
    ecs.register_task_definition(family="keystone-run", containerDefinitions=[container])
    monkeypatch.setenv("KEYSTONE_RUN_TASK_DEFINITION", "keystone-run")
    with pytest.raises(Exception, match="run"):
        _ = InstanceRef.from_dir(str(FARGATE.parent), config_filename=FARGATE.name).run_launcher


class TestSystemd:
    UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))

    @pytest.mark.parametrize("path", UNITS, ids=[p.stem for p in UNITS])
    def test_a_unit_restarts_is_hardened_and_runs_by_digest(self, path: Path):
        text = path.read_text()
        for line in (
            "Restart=always", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=",
            "EnvironmentFile=/etc/keystone/keystone.env", "SystemCallFilter=@system-service",
        ):  # fmt: skip
            assert line in text.splitlines(), line
        assert "ExecStart=/usr/local/lib/keystone/run_container.sh" in text

    def test_an_image_without_a_digest_is_refused(self):
        script = ROOT / "deploy" / "run_container.sh"
        env = {"KEYSTONE_IMAGE": "keystone:1.0", "KEYSTONE_ROLE": "code", "PATH": "/usr/bin:/bin"}
        done = subprocess.run([script, "x"], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "names no digest" in done.stderr
        done = subprocess.run(
            [ROOT / "deploy" / "roll_host.sh", "keystone:1.0"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert "names no digest" in done.stderr

    def test_the_example_of_the_hosts_settings_has_what_the_yaml_asks_for(self):
        wanted = set(re.findall(r"env: (\w+)", ONE_HOST.read_text()))
        given = set(re.findall(r"^(\w+)=", (ROOT / "deploy" / "keystone.env.example").read_text(), re.MULTILINE))
        assert wanted <= given


def test_a_role_that_is_none_is_refused():
    done = subprocess.run(
        [ROOT / "deploy" / "entrypoint.sh"], env={"KEYSTONE_ROLE": "queen", "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "the roles are webserver, daemon and code" in done.stderr


def test_a_command_is_run_as_it_is_given():
    done = subprocess.run(
        [ROOT / "deploy" / "entrypoint.sh", "printf", "%s", "a b"], capture_output=True, text=True, check=False
    )
    assert done.stdout == "a b"


class TestBuckets:
    def run(self, monkeypatch, lake: str) -> int:
        import importlib.util

        spec = importlib.util.spec_from_file_location("make_buckets", ROOT / "deploy" / "make_buckets.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        monkeypatch.setenv("KEYSTONE_LAKE", lake)
        return module.main()

    def test_the_missing_ones_are_made_and_it_may_run_again(self, aws, monkeypatch, capsys):
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="mine-gold")
        monkeypatch.setenv("KEYSTONE_LOG_BUCKET", "mine-logs")
        assert self.run(monkeypatch, "s3://mine") == 0
        assert "mine-gold: there" in capsys.readouterr().out
        assert self.run(monkeypatch, "s3://mine") == 0
        names = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
        assert names == {f"mine-{x}" for x in ("bronze", "silver", "quarantine", "gold", "analytics", "logs")}

    def test_a_lake_that_is_none_on_s3_is_refused(self, aws, monkeypatch, capsys):
        assert self.run(monkeypatch, "/lake") == 2
        assert "write s3://NAME" in capsys.readouterr().err
