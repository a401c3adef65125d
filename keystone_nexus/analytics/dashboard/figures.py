"""How a figure stands in the page: its exact value for machines, its words for people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from keystone_nexus.analytics import words

Kind = Literal["name", "id", "month", "day", "count", "money", "share", "number", "tenths"]

_WRITTEN: dict[str, Callable[[Any], str]] = {
    "name": lambda v: words.NONE if v is None else str(v).replace("_", " "),
    "id": lambda v: words.NONE if v is None else str(v),
    "month": words.month,
    "day": words.day,
    "count": words.count,
    "money": words.money,
    "share": words.share,
    "number": words.number,
    "tenths": lambda v: words.number(v, 1),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `drawn` as a bar in its cells."""

    name: str
    label: str
    kind: Kind
    drawn: bool = False

    @property
    def figure(self) -> bool:
        return self.kind not in {"name", "id", "month", "day"}

    def written(self, value: Any) -> str:
        return _WRITTEN[self.kind](value)


@dataclass(frozen=True, slots=True)
class Tile:
    """A total. `better` says which way is good, where one is; `points` compares by difference, not by ratio."""

    kpi: str
    label: str
    kind: Kind
    meaning: str
    better: Literal["up", "down", ""] = ""
    points: bool = False

    def written(self, value: Any) -> str:
        return words.short_money(value) if self.kpi == "revenue" else _WRITTEN[self.kind](value)


TILES = (
    Tile("revenue", "Revenue", "money", "Price of all items ordered, any status, freight not included", "up"),
    Tile("orders", "Orders", "count", "All orders; with a category chosen, those with an item of it", "up"),
    Tile("items", "Items", "count", "Items ordered", "up"),
    Tile("average_order_value", "Average order value", "money", "Revenue over the orders that have items", "up"),
    Tile("customers", "Customers", "count", "Persons who ordered, each counted once", "up"),
    Tile("review_score", "Review score", "number", "Mean of all reviews, 1 to 5", "up", points=True),
    Tile("late_share", "Late deliveries", "share", "Delivered on a later date than estimated", "down", points=True),
    Tile(
        "delivery_days_mean", "Days to delivery", "tenths", "Mean days from purchase to delivery", "down", points=True
    ),
)


def exact(value: Any) -> str:
    """As `data-value` has it; empty where the figure is not known."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def part(value: Any, highest: Decimal) -> str:
    """How far a bar reaches, in per cent of the highest value."""
    if value is None or highest <= 0:
        return "0"
    return f"{max(Decimal(0), Decimal(str(value)) / highest * 100):.1f}"
