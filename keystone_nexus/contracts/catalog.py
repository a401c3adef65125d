"""The contracts as plain data: what all other code uses.

`catalog.json` is generated from the Pandera models (`python -m keystone_nexus.contracts.generate`) and
compared with a fresh generation in CI. Reading it costs a millisecond, importing Pandera half a second.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

CATALOG = Path(__file__).with_name("catalog.json")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a silver table. `kind` is text, money, timestamp, integer or coordinate."""

    name: str
    source: str
    kind: str
    description: str
    required: bool
    trim: bool
    pii: bool
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    not_before: str | None = None
    not_after_arrival: bool = False
    domain: tuple[str, ...] | tuple[int, ...] | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One silver table: its columns, keys and rules."""

    name: str
    description: str
    grain: str
    owner: str
    source_file: str
    day: str | None
    key: tuple[str, ...]
    foreign_keys: dict[str, str]
    orders: tuple[tuple[str, str], ...]
    warnings: dict[str, str]
    reject_budget: float
    columns: tuple[Column, ...]

    @property
    def dated(self) -> bool:
        """Whether its silver is partitioned by day."""
        return self.day is not None

    @property
    def own_day(self) -> str | None:
        """The column whose date is the row's day, or None where the parent's day counts."""
        return None if self.day is None or self.day.startswith("parent:") else self.day

    @property
    def source_columns(self) -> tuple[str, ...]:
        return tuple(c.source for c in self.columns)

    @property
    def money_columns(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.kind == "money")

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

    def rules(self) -> dict[str, str]:
        """Every rule that can reject a row of this table -> what it says, in the contract's order."""
        rules: dict[str, str] = {}
        for column in self.columns:
            rules |= _column_rules(column)
        for earlier, later in self.orders:
            rules[f"order:{earlier},{later}"] = f"{later} is not before {earlier}"
        for name, parent in self.foreign_keys.items():
            rules[f"foreign_key:{name}"] = f"a valid row of {parent} has this {name}"
        rules["record:ragged"] = "the record has as many fields as the header"
        rules["record:encoding"] = "the record is UTF-8 without NUL"
        rules["record:quote"] = "a closing quote ends its field"
        rules["record:header"] = "the record is not the file's header once more"
        return rules


def _column_rules(column: Column) -> dict[str, str]:
    rules: dict[str, str] = {}
    if column.required:
        rules[f"required:{column.name}"] = "a value is there"
    if column.kind != "text":
        rules[f"type:{column.name}"] = f"the text is a {column.kind}"
    bounds: list[str] = []
    if column.minimum is not None:
        bounds.append(f">= {column.minimum:g}")
    if column.maximum is not None:
        bounds.append(f"<= {column.maximum:g}")
    if column.not_before:
        bounds.append(f"from {column.not_before}")
    if column.not_after_arrival:
        bounds.append("to the day after its arrival (UTC)")
    if bounds:
        rules[f"range:{column.name}"] = " and ".join(bounds)
    if column.pattern:
        rules[f"format:{column.name}"] = f"matches {column.pattern}"
    if column.domain:
        rules[f"domain:{column.name}"] = f"one of {', '.join(map(str, column.domain))}"
    return rules


@cache
def tables() -> dict[str, Table]:
    """All tables by name, in reading order."""
    loaded: list[dict[str, Any]] = json.loads(CATALOG.read_text(encoding="utf-8"))["tables"]
    return {raw["name"]: table_of(raw) for raw in loaded}


def table(name: str) -> Table:
    """One table. Raises KeyError for an unknown name."""
    return tables()[name]


def dated_tables() -> list[Table]:
    return [t for t in tables().values() if t.dated]


def undated_tables() -> list[Table]:
    return [t for t in tables().values() if not t.dated]


@cache
def contract_version() -> str:
    """Changes whenever a contract changes: what was built under another one is pending again."""
    import hashlib

    return hashlib.sha256(CATALOG.read_bytes()).hexdigest()[:12]


def table_of(raw: dict[str, Any]) -> Table:
    """A table from its plain data."""
    columns: list[dict[str, Any]] = [
        {**c, "domain": tuple(c["domain"]) if c.get("domain") else None} for c in raw["columns"]
    ]
    plain: dict[str, Any] = {
        **raw,
        "key": tuple(raw["key"]),
        "orders": tuple((a, b) for a, b in raw["orders"]),
        "columns": tuple(Column(**c) for c in columns),
    }
    return Table(**plain)
