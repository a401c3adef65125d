"""How figures are written for people. Amounts are in Brazilian reais; an unknown figure is a dash, never a zero.

Where a page says so (`marked`), a figure is written with its exact value, as every figure on a page is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

NONE = "–"
Figure = int | float | Decimal | None
_marked = ContextVar("marked", default=False)


@contextmanager
def marked(yes: bool = True) -> Iterator[None]:
    """Figures are written as `<span data-kpi="said.<kind>" data-value="<exact>">`, in Markdown too."""
    before = _marked.set(yes)
    try:
        yield
    finally:
        _marked.reset(before)


def _said(kind: str, value: Figure, text: str) -> str:
    return f'<span data-kpi="said.{kind}" data-value="{value}">{text}</span>' if _marked.get() else text


def count(value: Figure) -> str:
    return NONE if value is None else _said("count", value, f"{value:,.0f}")


def money(value: Figure) -> str:
    """`R$ 137.75`: to the cent."""
    return NONE if value is None else _said("money", value, f"R$ {rounded(value, 2):,}")


def short_money(value: Figure) -> str:
    """`R$ 13.6 M`, `R$ 8.4 k`: for tiles and axes, where cents are noise."""
    if value is None:
        return NONE
    for size, unit in ((10**9, "bn"), (10**6, "M"), (10**3, "k")):
        if abs(value) >= size:
            return _said("money", value, f"R$ {rounded(Decimal(str(value)) / size, 1):,} {unit}")
    return _said("money", value, f"R$ {rounded(value, 0):,}")


def share(value: Figure, digits: int = 1) -> str:
    """`6.8 %` of 0.0677."""
    return NONE if value is None else _said("share", value, f"{rounded(Decimal(str(value)) * 100, digits):,} %")


def number(value: Figure, digits: int = 2) -> str:
    return NONE if value is None else _said("number", value, f"{rounded(value, digits):,}")


def month(value: date | None) -> str:
    return NONE if value is None else f"{value:%b %Y}"


def day(value: date) -> str:
    return f"{value.day} {value:%b %Y}"


def rounded(value: int | float | Decimal, digits: int) -> Decimal:
    """Half up, as gold rounds."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
