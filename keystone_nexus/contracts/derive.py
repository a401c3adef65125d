"""From a Pandera model to the plain data of the catalog."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import polars as pl

from keystone_nexus.contracts.registry import MODELS, model

if TYPE_CHECKING:
    from keystone_nexus.contracts.model import Contract

DEFAULT_BUDGET = 0.01
KINDS = {
    pl.String: "text",
    pl.Decimal: "money",
    pl.Datetime: "timestamp",
    pl.Int64: "integer",
    pl.Float64: "coordinate",
}
CHECKS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "greater_than_or_equal_to": lambda s: {"minimum": s["min_value"]},
    "in_range": lambda s: {"minimum": s["min_value"], "maximum": s["max_value"]},
    "isin": lambda s: {"domain": list(s["allowed_values"])},
    "str_matches": lambda s: {"pattern": s["pattern"]},
}
"""Pandera check -> the catalog's word for it. A check that is not here cannot split rows and is refused."""


def catalog() -> dict[str, Any]:
    """All contracts, ready for JSON."""
    return {"tables": [derived(name, model(name)) for name in MODELS]}


def derived(name: str, contract: type[Contract]) -> dict[str, Any]:
    """One contract. Raises ValueError for a check by which rows cannot be split."""
    schema = contract.to_schema()
    metadata: dict[str, Any] = dict(contract.Config.metadata)  # type: ignore[attr-defined]
    return {
        "name": name,
        "description": inspect.getdoc(contract),
        "grain": metadata["grain"],
        "owner": metadata["owner"],
        "source_file": metadata["source_file"],
        "day": metadata["day"],
        "key": list(schema.unique or []),
        "foreign_keys": metadata["foreign_keys"],
        "orders": [_order(contract, str(check.name)) for check in schema.checks or []],
        "warnings": metadata["warnings"],
        "reject_budget": metadata.get("reject_budget", DEFAULT_BUDGET),
        "columns": [_column(contract, column) for column in schema.columns.values()],
    }


def _order(contract: type[Contract], check: str) -> list[str]:
    """The two columns of an `in_order`."""
    if not check.startswith("order:"):
        raise ValueError(_no_rule(contract.__name__, check, "in_order"))
    return check.removeprefix("order:").split(",")


def _no_rule(where: str, check: str, known: str) -> str:
    return (
        f"{where}: the check {check!r} has no row rule; use {known} "
        "or add it to contracts/derive.py and quality/rules.py"
    )


def _column(contract: type[Contract], column: Any) -> dict[str, Any]:
    metadata = column.metadata
    found: dict[str, Any] = {
        "name": column.name,
        "source": metadata["source"] or column.name,
        "kind": KINDS[type(column.dtype.type) if not isinstance(column.dtype.type, type) else column.dtype.type],
        "description": column.description,
        "required": not column.nullable,
        "trim": metadata["trim"],
        "pii": metadata["pii"],
    }
    for check in column.checks:
        if check.name not in CHECKS:
            known = f"one of {', '.join(CHECKS)}"
            raise ValueError(_no_rule(f"{contract.__name__}.{column.name}", check.name, known))
        if metadata["not_before"] is None:
            found |= CHECKS[check.name](check.statistics)
        elif check.name != "greater_than_or_equal_to":
            raise ValueError(_no_rule(f"{contract.__name__}.{column.name}", check.name, "not_before alone"))
    for name in ("unit", "not_before"):
        if metadata[name] is not None:
            found[name] = metadata[name]
    if metadata["not_after_arrival"]:
        found["not_after_arrival"] = True
    return found
