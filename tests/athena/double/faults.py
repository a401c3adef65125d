"""Faults that a test orders: the next calls of an API action fail with an error that AWS gives."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

PATH = "/_double/faults"
"""POST a list of `{action, code, message, times, after, status}` here; an empty list forgets all."""


@dataclass(slots=True)
class Fault:
    """`times` calls of `action` fail with `code`, when `after` of them have been answered."""

    action: str
    code: str
    message: str
    times: int = 1
    after: int = 0
    status: int = 400


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered: list[Fault] = []

    def order(self, asked: list[dict[str, Any]]) -> None:
        with self._lock:
            self._ordered = [Fault(**one) for one in asked]

    def take(self, action: str) -> Fault | None:
        """The fault of this call, if one was ordered."""
        with self._lock:
            for fault in self._ordered:
                if fault.action != action:
                    continue
                if fault.after > 0:
                    fault.after -= 1
                elif fault.times > 0:
                    fault.times -= 1
                    return fault
        return None
