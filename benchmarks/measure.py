"""Times whole processes by the operating system's own accounting, competitors in turn."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds, peak memory in MiB of the largest process."""

    wall: float
    cpu: float
    peak: float


def run(command: Sequence[str], env: dict[str, str] | None = None) -> Cost:
    """Runs a command to its end. Raises RuntimeError when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **(env or {})}
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed with {process.returncode}: {said.decode()[-2000:]}")
    return Cost(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def interleave(rivals: dict[str, Callable[[], Cost]], repeat: int) -> dict[str, Cost]:
    """Medians of `repeat` rounds, in each of which every rival runs once."""
    costs: dict[str, list[Cost]] = {name: [] for name in rivals}
    for _ in range(repeat):
        for name, rival in rivals.items():
            costs[name].append(rival())
    return {
        name: Cost(*(statistics.median(getattr(c, f) for c in found) for f in ("wall", "cpu", "peak")))
        for name, found in costs.items()
    }


def table(title: str, found: dict[str, Cost], base: str) -> None:
    """Prints medians and ratios to `base`."""
    print(f"\n{title}\n")
    print(f"| {'what':42} | wall s | cpu s | peak MiB | wall / {base} |")
    print(f"| {'-' * 42} | -----: | ----: | -------: | -----: |")
    for name, cost in found.items():
        ratio = cost.wall / found[base].wall
        print(f"| {name:42} | {cost.wall:6.2f} | {cost.cpu:5.2f} | {cost.peak:8.0f} | {ratio:6.2f} |")
