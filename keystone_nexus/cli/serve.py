"""`keystone ui`: the Dagster UI with the lake's instance set up."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keystone_nexus.cli.main import open_lake
from keystone_nexus.lake.errors import EnvironmentFault
from keystone_nexus.lake.lake import Lake

if TYPE_CHECKING:
    from dagster import DagsterInstance

WORKSPACE = Path(__file__).parents[2] / "workspace.yaml"
LOOK_EVERY = 2.0
"""Seconds between two looks at the servers and the ledger."""


def ui(arguments: argparse.Namespace) -> int:
    """Webserver and daemon in the foreground, until interrupted.

    They start anew when data arrives beyond the last day of a closed partition range: only then do they know its days.
    """
    from keystone_nexus.orchestration.instance import open_instance
    from keystone_nexus.orchestration.runner import close_partitions

    lake = open_lake(arguments)
    given = "KEYSTONE_LAST_DAY" in os.environ
    signal.signal(signal.SIGTERM, _interrupt)
    print(f"Dagster on http://{arguments.host}:{arguments.port} for {lake} (Ctrl-C stops it)", flush=True)
    for page in sorted(lake.layer("analytics").glob("*.html")):
        print(f"page: {page}", flush=True)
    with open_instance(lake) as instance:
        while True:
            close_partitions(lake)
            with _servers(arguments) as servers:
                try:
                    _watch(servers, lambda: not given and _outgrown(lake) and _idle(instance))
                except KeyboardInterrupt:
                    return 0
            if any(server.poll() for server in servers):
                raise EnvironmentFault(f"the UI stopped: is port {arguments.port} in use? choose another with --port")
            os.environ.pop("KEYSTONE_LAST_DAY", None)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


@contextmanager
def _servers(arguments: argparse.Namespace) -> Iterator[list[subprocess.Popen[Any]]]:
    """The webserver and the daemon, stopped at the end."""
    scripts = Path(sys.executable).parent
    web = [str(scripts / "dagster-webserver"), "-h", arguments.host, "-p", str(arguments.port), "-w", str(WORKSPACE)]
    daemon = [str(scripts / "dagster-daemon"), "run", "-w", str(WORKSPACE)]
    processes = [subprocess.Popen(command, env=os.environ) for command in (web, daemon)]
    try:
        yield processes
    finally:
        running = [process for process in processes if process.poll() is None]
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)
            process.returncode = 0  # it was told to


def _watch(servers: list[subprocess.Popen[Any]], done: Callable[[], bool]) -> None:
    """Returns when a server has ended, or `done`."""
    while all(server.poll() is None for server in servers) and not done():
        time.sleep(LOOK_EVERY)


def _outgrown(lake: Lake) -> bool:
    """Whether the lake holds a day after the partition range."""
    from keystone_nexus.lake import ledger

    last = os.environ.get("KEYSTONE_LAST_DAY")
    newest = ledger.read(lake).last_day
    return last is not None and newest is not None and str(newest) > last


def _idle(instance: DagsterInstance) -> bool:
    from dagster import DagsterRunStatus, RunsFilter

    busy = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
    return not instance.get_runs_count(RunsFilter(statuses=busy))
