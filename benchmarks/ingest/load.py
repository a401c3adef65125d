"""The load of every server: keystone-loadgen, the same events in the same numbers in flight."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.ingest.binaries import RELEASE
from benchmarks.ingest.processes import Server

WARM_UP = 0.5
"""Seconds at the start of each run that do not count: connections and windows open."""
SHAPES = {
    "unary": ["--mode", "unary", "--in-flight", "256"],
    "batch": ["--mode", "batch", "--batch", "100", "--in-flight", "16"],
    "stream": ["--mode", "stream", "--batch", "100", "--streams", "4", "--in-flight", "64"],
    "open": ["--mode", "unary", "--rate", "3000"],
}


@dataclass(frozen=True)
class Load:
    """What a run found: acknowledged events a second, microseconds until acknowledged, the server's CPU per event."""

    rate: float
    p50: float = 0
    p99: float = 0
    cpu: float = 0


def send(server: Server, shape: str, seconds: float, flags: Sequence[str] = ()) -> Load:
    """Raises RuntimeError when any event was not acknowledged: rates of refusals are no rates."""
    command = [str(RELEASE / "keystone-loadgen"), "--target", server.address, *SHAPES[shape], *flags]
    before = server.cpu_seconds()
    done = subprocess.run(
        [*command, "--warmup", str(WARM_UP), "--seconds", str(seconds)], capture_output=True, text=True, check=True
    )
    taken = server.cpu_seconds() - before
    found = json.loads(done.stdout)
    acknowledged, total = found["outcomes"]["acknowledged"], sum(found["outcomes"].values())
    if acknowledged < total or not total:
        raise RuntimeError(f"{server.line}: not all events were acknowledged: {found['outcomes']}")
    late = found["latency_us"]
    return Load(found["events_per_second"], late["p50"], late["p99"], taken / total * 1e6)
