"""When gold may read silver."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration.instance import UNFINISHED
from keystone_nexus.orchestration.pending_runs import silver_is_being_built
from keystone_nexus.orchestration.progress import report

PATIENCE = 120.0
"""Seconds to wait. A run whose process died seems to be under way until it is marked failed, and two runs that build
both silver and gold wait for each other: neither may hold gold up for ever."""
PAUSE = 1.0


@contextmanager
def quiet_silver(instance: dg.DagsterInstance, lake: Lake, run_id: str) -> Iterator[None]:
    """Holds the lake's lock and all days, at a time when no other run is between two tables of silver.

    Each table is built by a step of its own, at the ledger's position of that moment. Gold of some tables that know an
    order and some that do not would not reconcile, and be withheld.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        _wait(instance, run_id, deadline)
        # Silver that changes while models and tests read it would be neither the old nor the new.
        with lake.store.lock("build gold"), lake.store.settled():
            if time.monotonic() >= deadline or not _under_way(instance, run_id):
                yield
                return


def _wait(instance: dg.DagsterInstance, run_id: str, deadline: float) -> None:
    if _under_way(instance, run_id):
        report("gold: waiting for runs that build silver")
    while time.monotonic() < deadline and _under_way(instance, run_id):
        time.sleep(PAUSE)


def _under_way(instance: dg.DagsterInstance, run_id: str) -> bool:
    return silver_is_being_built(instance, UNFINISHED, but=run_id)
