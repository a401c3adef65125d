"""What `keystone ui` prints of its daemon: a line when something happens, and none for a look that found nothing new."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dagster import DagsterInstance, DagsterRun

ROUTINE = re.compile(
    r"Checking for new runs|Collected \d+ runs|Checking run |Prefetching|Done prefetching|Completed launch|Launching run"
    r"|returned an empty result|evaluation result: \d+ requested|Not checking for any runs|Retrieved \d+ queued runs|Priority sorting|Resuming run"
)
"""What the daemon says at every look. That a run is started and what becomes of it is said by `RunLog`."""
SKIPPED = re.compile(r"Sensor (?P<sensor>\w+) skipped: (?P<why>.*)", re.DOTALL)


@dataclass
class DaemonLog:
    """Turns the daemon's JSON lines into lines for people. A sensor's reason to skip is said when it is another one."""

    _why: dict[str, str] = field(default_factory=dict[str, str])

    def line(self, text: str) -> str | None:
        """The line to print, None for none. What is no JSON is passed on."""
        try:
            said: dict[str, Any] = json.loads(text)
            message = str(said["event"])
        except (ValueError, KeyError, TypeError):
            return None if not text or ROUTINE.search(text) else text
        if skipped := SKIPPED.fullmatch(message):
            sensor, why = skipped.groups()
            if "empty result" in why or self._why.get(sensor) == why:
                return None
            self._why[sensor] = why
            return _now(f"{sensor}: {why}")
        serious = str(said.get("level")).lower() in ("warning", "error", "critical")
        if ROUTINE.search(message) and not serious:
            return None
        more = said.get("exception")
        return _now(f"{message}\n{more}" if more else message)


def _now(text: str) -> str:
    return f"{datetime.now():%H:%M:%S} {text}"


@dataclass
class RunLog:
    """Says of the newest runs when they are requested, start and end, and why they failed."""

    instance: DagsterInstance
    _known: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        self.changes()  # what was there before is no news

    def changes(self) -> list[str]:
        """A line for each run whose state changed since the last look."""
        said: list[str] = []
        for run in reversed(self.instance.get_runs(limit=25)):
            state = run.status.value.lower().replace("_", " ")
            if self._known.get(run.run_id) != state:
                self._known[run.run_id] = state
                said.append(_now(f"run {run.run_id[:8]} ({_what(run)}): {state}{self._why(run)}"))
        return said

    def _why(self, run: DagsterRun) -> str:
        from dagster import DagsterRunStatus

        from keystone_nexus.orchestration.failures import failure_of

        return f": {failure_of(self.instance, run).text}" if run.status == DagsterRunStatus.FAILURE else ""


def _what(run: DagsterRun) -> str:
    """The job or the assets of a run, and its days."""
    from keystone_nexus.orchestration.run_words import name_of

    first, last = (run.tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end"))
    days = f", {first} to {last}" if first != last else f", {first}" if first else ""
    return f"{name_of(run)}{days}"
