"""How figures are written for people. Amounts are in Brazilian reais; an unknown figure is a dash, never a zero."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

NONE = "–"
Figure = int | float | Decimal | None


def count(value: Figure) -> str:
    return NONE if value is None else f"{value:,.0f}"


def money(value: Figure) -> str:
    """`R$ 137.75`: to the cent."""
    return NONE if value is None else f"R$ {rounded(value, 2):,}"


def short_money(value: Figure) -> str:
    """`R$ 13.6 M`, `R$ 8.4 k`: for tiles and axes, where cents are noise."""
    if value is None:
        return NONE
    for size, unit in ((10**9, "bn"), (10**6, "M"), (10**3, "k")):
        if abs(value) >= size:
            return f"R$ {rounded(Decimal(str(value)) / size, 1):,} {unit}"
    return f"R$ {rounded(value, 0):,}"


def share(value: Figure, digits: int = 1) -> str:
    """`6.8 %` of 0.0677."""
    return NONE if value is None else f"{rounded(Decimal(str(value)) * 100, digits):,} %"


def number(value: Figure, digits: int = 2) -> str:
    return NONE if value is None else f"{rounded(value, digits):,}"


def month(value: date | None) -> str:
    return NONE if value is None else f"{value:%b %Y}"


def day(value: date) -> str:
    return f"{value.day} {value:%b %Y}"


def rounded(value: int | float | Decimal, digits: int) -> Decimal:
    """Half up, as gold rounds."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
