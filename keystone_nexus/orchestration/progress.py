"""Says what is going on, to whoever listens: the command line sets the listener."""

from __future__ import annotations

from collections.abc import Callable

_listener: list[Callable[[str], None]] = []


def listen(listener: Callable[[str], None]) -> None:
    """Makes `listener` receive every report of this process."""
    _listener[:] = [listener]


def report(text: str) -> None:
    """One line on what was just done."""
    for listener in _listener:
        listener(text)
