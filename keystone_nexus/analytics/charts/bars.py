"""Horizontal bars with their values written out: the shape of every ranking."""

from __future__ import annotations

import altair as alt

from keystone_nexus.analytics.charts.theme import AnyChart, Look


def bars(
    label: alt.Y, field: str, title: str, write: str, look: Look, *, width: int = 300, colour: str | None = None
) -> AnyChart:
    """A bar for each row, its value beside it by the Vega expression `write`. `label` places and names the rows."""
    base = alt.Chart().transform_calculate(written=f"isValid(datum.{field}) ? {write} : '–'")
    x = alt.X(f"{field}:Q", title=title, axis=alt.Axis(labels=False, ticks=False, grid=False, domain=False))
    bar = base.mark_bar(color=colour or look.tones.accent).encode(x=x, y=label)
    text = base.mark_text(align="left", dx=4, color=look.tones.ink).encode(x=x, y=label, text="written:N")
    return alt.layer(bar, text).properties(width=width, height=alt.Step(19))


def reais(field: str) -> str:
    """A Vega expression: `R$ 1.23M`."""
    return f"'R$ ' + format(datum.{field}, '.3~s')"


def whole(field: str) -> str:
    return f"format(datum.{field}, ',d')"


def percent(field: str) -> str:
    return f"format(datum.{field}, '.1%')"
