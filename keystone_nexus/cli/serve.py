"""`keystone ui`: the Dagster UI with the lake's instance set up."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from keystone_nexus.cli import signals
from keystone_nexus.cli.main import open_lake
from keystone_nexus.lake.errors import EnvironmentFault
from keystone_nexus.lake.lake import Lake

if TYPE_CHECKING:
    from dagster import DagsterInstance

WORKSPACE = Path(__file__).parents[2] / "workspace.yaml"
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
                _watch(servers, lambda: not given and _outgrown(lake) and _idle(instance))
            if any(server.poll() for server in servers):
                raise EnvironmentFault(f"the UI stopped: is port {arguments.port} in use? choose another with --port")
            os.environ.pop("KEYSTONE_LAST_DAY", None)


def _as_sigterm(_number: int, _frame: object) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _servers(arguments: argparse.Namespace) -> Iterator[list[subprocess.Popen[Any]]]:
    """The webserver and the daemon, stopped at the end."""
    scripts = Path(sys.executable).parent
    web = [str(scripts / "dagster-webserver"), "-h", arguments.host, "-p", str(arguments.port), "-w", str(WORKSPACE)]
    daemon = [str(scripts / "dagster-daemon"), "run", "-w", str(WORKSPACE)]
    # In groups of their own: Ctrl-C is this process's to hear, and what they started themselves is stopped with them.
    processes = [
        subprocess.Popen(
            command, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, process_group=0
        )
        for command in (web, daemon)
    ]
    for process in processes:
        for pipe, number in ((process.stdout, 1), (process.stderr, 2)):
            threading.Thread(target=_pass_on, args=(pipe, number), daemon=True).start()
    try:
        yield processes
    finally:
        ended = [process for process in processes if process.poll() is not None]
        _stop(processes)
        for process in processes:
            process.returncode = process.returncode if process in ended else 0  # the others were told to


def _pass_on(pipe: IO[bytes], number: int) -> None:
    """What a server prints, until this process is told to stop: how servers die is of no interest."""
    while some := pipe.read(1 << 16):
        if signals.noted() is None:
            with suppress(OSError):
                os.write(number, some)


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


def _watch(servers: list[subprocess.Popen[Any]], done: Callable[[], bool]) -> None:
    """Returns when a server has ended, or `done`."""
    while all(server.poll() is None for server in servers) and not done():
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
