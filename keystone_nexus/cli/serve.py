"""`keystone ui`: the Dagster UI with the lake's instance set up."""

from __future__ import annotations

import argparse
import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from keystone_nexus.cli import signals
from keystone_nexus.cli.daemon_log import DaemonLog, RunLog
from keystone_nexus.cli.main import open_lake
from keystone_nexus.lake.errors import EnvironmentFault
from keystone_nexus.lake.lake import Lake

if TYPE_CHECKING:
    from dagster import DagsterInstance

WORKSPACE = """load_from:
  - grpc_server:
      socket: {socket}
      location_name: keystone_nexus
"""
CODE = ["-m", "keystone_nexus.definitions", "--location-name", "keystone_nexus", "--log-level", "warning"]
LOADING = 120.0
"""Seconds that the code server is given to load the definitions."""
GRACE = 30.0
"""Seconds that the servers are given to end when this process is told to."""
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
    # A terminal that is closed stops the servers too, which are not in its group.
    signal.signal(signal.SIGHUP, _as_sigterm)
    print(f"Dagster on http://{arguments.host}:{arguments.port} for {lake} (Ctrl-C stops it)", flush=True)
    for page in sorted(lake.layer("analytics").glob("*.html")):
        print(f"page: {page}", flush=True)
    with signals.command_runs(GRACE), open_instance(lake) as instance:
        while True:
            close_partitions(lake)
            with _servers(arguments) as servers:
                _watch(servers, RunLog(instance), lambda: not given and _outgrown(lake) and _idle(instance))
            if any(server.poll() for server in servers):
                raise EnvironmentFault(f"the UI stopped: is port {arguments.port} in use? choose another with --port")
            os.environ.pop("KEYSTONE_LAST_DAY", None)


def _as_sigterm(_number: int, _frame: object) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _servers(arguments: argparse.Namespace) -> Iterator[list[subprocess.Popen[Any]]]:
    """One code server for both, the webserver and the daemon, stopped at the end.

    With a server of its own each, the daemon would start a new one every minute to see new code.
    """
    scripts = Path(sys.executable).parent
    processes: list[subprocess.Popen[Any]] = []
    with tempfile.TemporaryDirectory(prefix="keystone-ui-") as folder:
        place, workspace = Path(folder) / "code", Path(folder) / "workspace.yaml"
        workspace.write_text(WORKSPACE.format(socket=place), "utf-8")
        web = ["dagster-webserver", "-h", arguments.host, "-p", str(arguments.port), "-w", str(workspace)]
        try:
            processes.append(_started([str(scripts / "dagster"), "code-server", "start", "-s", str(place), *CODE]))
            _wait_for(place, processes[0])
            processes.append(_started([str(scripts / web[0]), *web[1:]]))
            processes.append(
                _started(
                    [str(scripts / "dagster-daemon"), "run", "-w", str(workspace), "--log-format", "json"], DaemonLog()
                )
            )
            yield processes
        finally:
            ended = [process for process in processes if process.poll() is not None]
            _stop(processes)
            for process in processes:
                process.returncode = process.returncode if process in ended else 0  # the others were told to


def _started(command: list[str], log: DaemonLog | None = None) -> subprocess.Popen[Any]:
    """A server in a group of its own: Ctrl-C is this process's to hear, and what it starts is stopped with it."""
    process = subprocess.Popen(
        command, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, process_group=0
    )
    for pipe, number in ((process.stdout, 1), (process.stderr, 2)):
        threading.Thread(target=_pass_on, args=(pipe, number, log), daemon=True).start()
    return process


def _wait_for(path: Path, server: subprocess.Popen[Any]) -> None:
    """Returns when the code server answers, or has ended. Raises EnvironmentFault where it does not in time."""
    deadline = time.monotonic() + LOADING
    while server.poll() is None:
        with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
            connection.connect(str(path))
            return
        if time.monotonic() > deadline:
            raise EnvironmentFault(f"the definitions were not loaded within {LOADING:g} s: is the machine busy?")
        time.sleep(0.1)
        signals.check()


def _pass_on(pipe: IO[bytes], number: int, log: DaemonLog | None) -> None:
    """What a server prints, until this process is told to stop: how servers die is of no interest."""
    for raw in io.BufferedReader(cast("io.RawIOBase", pipe)):
        text = raw.decode("utf-8", "backslashreplace").rstrip("\n")
        line = log.line(text) if log else text
        if line is not None and signals.noted() is None:
            with suppress(OSError):
                os.write(number, line.encode() + b"\n")


def _stop(processes: list[subprocess.Popen[Any]]) -> None:
    """Twice by request, since a server that starts may not hear the first one, then by force."""
    for how, seconds in ((signal.SIGTERM, 6.0), (signal.SIGTERM, 6.0), (signal.SIGKILL, 6.0)):
        for process in processes:
            with suppress(OSError):
                os.killpg(process.pid, how)
        deadline = time.monotonic() + seconds
        while any(process.poll() is None for process in processes) and time.monotonic() < deadline:
            time.sleep(0.05)
        if all(process.poll() is not None for process in processes):
            return


def _watch(servers: list[subprocess.Popen[Any]], runs: RunLog, done: Callable[[], bool]) -> None:
    """Prints what becomes of runs. Returns when a server has ended, or `done`."""
    while all(server.poll() is None for server in servers) and not done():
        for line in runs.changes():
            print(line, flush=True)
        time.sleep(LOOK_EVERY)
        signals.check()  # an exception may have been lost in an engine


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
