"""The Dagster instance of a lake: `<lake>/.dagster`, unless DAGSTER_HOME says otherwise."""

from __future__ import annotations

import logging
import os
import shutil
import socket
from pathlib import Path

import dagster as dg

from keystone_nexus.lake import builds
from keystone_nexus.lake.home import home_of, remember
from keystone_nexus.lake.lake import Lake

SETTINGS = Path(__file__).parents[2] / "dagster.yaml"
UNFINISHED = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
PID_TAG, HOST_TAG = "keystone/pid", "keystone/host"
"""Which process runs a run from the command line, for people. A run of the daemon has no such tags."""


def process_tags() -> dict[str, str]:
    """The tags of a run of this process."""
    return {PID_TAG: str(os.getpid()), HOST_TAG: socket.gethostname()}


def prepare_home(lake: Lake) -> None:
    """Sets DAGSTER_HOME and the switches of dagster.yaml's storage; writes a dagster.yaml where there is none."""
    os.environ.setdefault("DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS", "1")
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")
    os.environ["KEYSTONE_LAKE"] = str(lake)
    os.environ["KEYSTONE_ENV"] = lake.env
    home = home_of(lake)
    home.mkdir(parents=True, exist_ok=True)
    remember(lake, home)
    if not (home / "dagster.yaml").exists():
        # Without one Dagster would take its own storage, which is slow with many partitions.
        shutil.copyfile(SETTINGS, home / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(home)


def open_instance(lake: Lake) -> dg.DagsterInstance:
    # A log line that cannot be written (the disk is full) is no reason for a traceback: what failed says so itself.
    logging.raiseExceptions = False
    prepare_home(lake)
    return dg.DagsterInstance.get()


def bury_dead_runs(instance: dg.DagsterInstance, lake: Lake) -> list[str]:
    """Marks runs failed whose process died, and forgets what they recorded: their days are pending again.

    The caller holds the lake's lock and has no run yet. A command line holds that lock as long as its runs last, so that
    another one's that is unfinished now has no process: on whatever machine, in whatever container it was.
    """
    dead: list[str] = []
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        # One that was asked for again in the UI has its tags from a command's run, but is the daemon's.
        if PID_TAG in run.tags and run.parent_run_id is None:
            instance.report_run_failed(run, message="its process died; its work is done again by the next run")
            dead.append(run.run_id)
    builds.void(lake, dead)
    return dead
