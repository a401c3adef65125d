"""Says what is going on, to whoever listens: the command line sets a listener, else it is what the step prints."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime

_listener: list[Callable[[str], None]] = []


def listen(listener: Callable[[str], None]) -> None:
    """Makes `listener` receive every report of this process."""
    _listener[:] = [listener]


def report(text: str) -> None:
    """One line on what was just done. Dagster keeps what a step prints, and shows it beside the step."""
    for listener in _listener or [_print]:
        listener(text)


def _print(text: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")
