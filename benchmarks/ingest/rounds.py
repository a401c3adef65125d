"""Competitors in turn (A B C, A B C, ...), and medians over the rounds."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable

from benchmarks.ingest.load import Load

Rounds = list[dict[str, Load]]


def interleave(rivals: dict[str, Callable[[float], Load]], rounds: int, seconds: float) -> Rounds:
    """Each rival takes its turn in each round; a short round before them warms up and does not count."""
    for run in rivals.values():
        run(min(1.0, seconds))
    found: Rounds = []
    for number in range(rounds):
        found.append({name: run(seconds) for name, run in rivals.items()})
        told = ", ".join(f"{name} {load.rate:,.0f}/s" for name, load in found[-1].items())
        print(f"  round {number + 1}: {told}", file=sys.stderr, flush=True)
    return found


def median(rounds: Rounds, of: Callable[[dict[str, Load]], float]) -> float:
    return statistics.median(of(one) for one in rounds)


def rate(rounds: Rounds, name: str) -> float:
    return median(rounds, lambda one: one[name].rate)


def ratio(rounds: Rounds, name: str, to: str) -> float:
    """The median of the ratios, each of one round: what a busy moment does to a round, it does to both."""
    return median(rounds, lambda one: one[name].rate / one[to].rate)
