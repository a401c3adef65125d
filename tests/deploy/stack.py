"""The roles of a deployment as processes: webserver, daemon, code servers, on a real PostgreSQL and an S3 double."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.deploy.postgres import PASSWORD, USER, Server, free_port

ROOT = Path(__file__).parents[2]
LOCATION = {"repositoryLocationName": "keystone_nexus", "repositoryName": "__repository__"}
LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
RUN = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
VERSION = (
    "{ workspaceOrError { ... on Workspace { locationEntries { loadStatus locationOrLoadError { __typename } } } } }"
)


def waited(what: str, ready: Callable[[], Any], seconds: float = 180.0) -> Any:
    """The first true answer."""
    deadline, last = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        try:
            found = ready()
            if found:
                return found
        except OSError as error:
            last = error
        time.sleep(0.5)
    raise AssertionError(f"{what} did not come within {seconds:g} s ({last})")


def graphql(port: int, query: str, timeout: float = 60.0, **variables: Any) -> Any:
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        found = json.load(answer)
    assert "errors" not in found, found
    return found["data"]


def is_loaded(port: int) -> bool:
    entries = graphql(port, VERSION)["workspaceOrError"]["locationEntries"]
    return bool(entries) and all(e["locationOrLoadError"]["__typename"] == "RepositoryLocation" for e in entries)


def launch(port: int, job: str, tags: dict[str, str] | None = None) -> str:
    parameters = {
        "selector": {**LOCATION, "jobName": job},
        "mode": "default",
        "runConfigData": {},
        "executionMetadata": {"tags": [{"key": k, "value": v} for k, v in (tags or {}).items()]},
    }
    found = graphql(port, LAUNCH, p=parameters)["launchRun"]
    assert found["__typename"] == "LaunchRunSuccess", found
    return found["run"]["runId"]


def status(port: int, run_id: str) -> str:
    return graphql(port, RUN, id=run_id)["runOrError"]["status"]


class Processes:
    """What was started, and is stopped at the end."""

    def __init__(self, env: dict[str, str], logs: Path) -> None:
        self.env, self.logs = env, logs
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, command: list[str], **env: str) -> subprocess.Popen[bytes]:
        with (self.logs / f"{name}.log").open("ab") as log:
            one = subprocess.Popen(
                command, env={**self.env, **env}, stdout=log, stderr=log, cwd=self.logs, start_new_session=True
            )
        self.running.append(one)
        return one

    def role(self, role: str, **env: str) -> subprocess.Popen[bytes]:
        """A role by the image's own entrypoint."""
        name = role + env.get("KEYSTONE_CODE_PORT", "")
        return self.start(name, [str(ROOT / "deploy" / "entrypoint.sh")], KEYSTONE_ROLE=role, **env)

    def said(self) -> str:
        return "\n".join(f"== {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in self.logs.glob("*.log"))

    def stop(self) -> None:
        for one in reversed(self.running):
            if one.poll() is None:
                one.terminate()
        for one in self.running:
            try:
                one.wait(30)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait(10)


def clean_env() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KEYSTONE_", "DAGSTER_", "AWS_"))}
    return kept | {"PATH": f"{Path(sys.executable).parent}:{kept['PATH']}"}


def production_env(folder: Path, postgres: Server, s3: str, lake: Path) -> dict[str, str]:
    """What the host's environment file holds."""
    home = folder / "home"
    home.mkdir()
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copy(ROOT / "deploy" / name, home / name)
    (folder / "password").write_text(PASSWORD)
    return clean_env() | {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": s3,
        "DAGSTER_HOME": str(home),
        "DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS": "1",
        "DAGSTER_EVENT_BATCH_SIZE": "1000",
        "DAGSTER_PG_HOST": "127.0.0.1",
        "DAGSTER_PG_PORT": str(postgres.port),
        "DAGSTER_PG_DB": postgres.database(),
        "DAGSTER_PG_USERNAME": USER,
        "DAGSTER_PG_SECRET": str(folder / "password"),
        "KEYSTONE_LOG_BUCKET": "keystone-logs",
        "KEYSTONE_LAKE": str(lake),
        "KEYSTONE_ENV": "local",
        "KEYSTONE_LAST_DAY": "2018-10-17",
        "KEYSTONE_WORKSPACE": str(home / "workspace.yaml"),
        "KEYSTONE_UI_PORT": str(free_port()),
    }
