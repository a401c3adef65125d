"""One line of an estimate."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """What one thing costs a month: so much of a unit at a price of the file."""

    module: str
    what: str
    quantity: Decimal
    price: str
    usd: Decimal
