"""When things run by themselves: what is pending is built, gold follows, alerts are written."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import dagster as dg

from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import now

GOLD_CONDITION = (
    dg.AutomationCondition.any_deps_updated()
    & ~dg.AutomationCondition.any_deps_in_progress()
    & ~dg.AutomationCondition.in_progress()
    & dg.AutomationCondition.all_deps_blocking_checks_passed()
)
"""Gold follows its silver. `eager()` would wait until no day of the range is missing."""


def silver_keys(names: list[str]) -> list[dg.AssetKey]:
    """A table and its quarantine are one step: both, always."""
    return [dg.AssetKey([layer, name]) for name in names for layer in ("silver", "quarantine")]


def stable_drop(folder: Any, cursor: str | None) -> tuple[str, bool]:
    """The state of a drop directory, and whether it is new and has stood still for two ticks.

    The cursor is JSON: `seen` is the state at the last tick, `done` the state that was last requested.
    """
    before: dict[str, Any] = json.loads(cursor) if cursor else {"seen": None, "done": None}
    found = sorted((p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in folder.iterdir() if p.is_file())
    state = [list(f) for f in found]
    ready = bool(state) and state == before["seen"] and state != before["done"]
    return json.dumps({"seen": state, "done": state if ready else before["done"]}), ready


def write_alert(lake: Lake, kind: str, text: str, **more: Any) -> None:
    """One line in `<lake>/alerts.jsonl`."""
    line = json.dumps({"at": now(), "kind": kind, "text": text, **more}, ensure_ascii=False)
    with (lake.root / "alerts.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def yesterday(today: date) -> date:
    return today - timedelta(days=1)
