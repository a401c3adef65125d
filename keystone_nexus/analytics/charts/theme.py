"""How every chart looks: the tones of the pages, one font, a title, a source line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import altair as alt
import polars as pl
import polars.selectors as cs

from keystone_nexus.analytics.provenance import Provenance
from keystone_nexus.analytics.tones import DARK, LIGHT, Tones

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
WIDTH = 640
STEADY = 30
"""Persons, deliveries or reviews below which a share or a mean says little: of one, it is 0 % or 100 %."""
Chart = alt.VConcatChart
AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart | alt.VConcatChart


@dataclass(frozen=True, slots=True)
class Look:
    """What a chart needs besides its frame: its source line, and whether it stands on a dark ground."""

    source: str
    dark: bool = False

    @property
    def tones(self) -> Tones:
        return DARK if self.dark else LIGHT

    @property
    def more(self) -> str:
        """What more of a thing looks like on the ramp, in words."""
        return "lighter" if self.dark else "darker"

    @property
    def ramp(self) -> list[str]:
        """From little to much, towards the ink."""
        return [self.tones.low, self.tones.middle, self.tones.high]


def look_of(provenance: Provenance, *, dark: bool = False) -> Look:
    version = f"gold {provenance.gold_version}"
    return Look(source_of(provenance.data_through, version, provenance.code), dark)


def source_of(through: date | None, version: str = "gold", code: str = "") -> str:
    """The small print below a chart."""
    until = f"data through {through}" if through else "no orders yet"
    made = f" · code {code}" if code else ""
    return f"Source: Olist Brazilian e-commerce (CC BY-NC-SA 4.0), {version} · {until}{made}"


def finish(
    frame: pl.DataFrame, chart: AnyChart, look: Look, title: str, subtitle: str = "", credit: str = ""
) -> alt.VConcatChart:
    """The chart over the frame, with its title above and its source below.

    Its `description` says the same to those who do not see it.
    """
    if isinstance(chart, alt.Chart | alt.LayerChart) and chart.width is alt.Undefined:
        chart = chart.properties(width=WIDTH)
    lines = [look.source, credit] if credit else [look.source]
    # Vega knows no decimals.
    drawn = frame.with_columns(cs.decimal().cast(pl.Float64))
    whole = alt.vconcat(chart, _small_print(lines, look), data=drawn, spacing=12)
    return _styled(whole, look).properties(
        title=alt.TitleParams(title, subtitle=[subtitle] if subtitle else [], anchor="start"),
        description=". ".join(filter(None, (title, subtitle))),
    )


def nothing(frame: pl.DataFrame, look: Look, title: str, sentence: str) -> alt.VConcatChart:
    """A chart without data says so."""
    words = alt.Chart(alt.InlineData([{"text": sentence}])).mark_text(size=16, color=look.tones.muted)
    drawn = words.encode(text="text:N").properties(width=WIDTH, height=120)
    return finish(frame, drawn, look, title).properties(description=f"{title}. {sentence}.")


def money_axis(title: str, **options: Any) -> alt.Axis:
    """An axis of reais: `R$ 1M`."""
    return alt.Axis(title=title, labelExpr="'R$ ' + format(datum.value, '~s')", tickCount=5, **options)


def words(field: str) -> str:
    """A Vega expression that writes a name of the data as words: `bed_bath_table` as `bed bath table`."""
    return f"replace(datum.{field}, /_/g, ' ')"


def steady(frame: pl.DataFrame, base: str) -> int:
    """Of how many a share must be to be drawn: a share of a few is chance. Fewer only where there are no more."""
    most = frame[base].max()
    return min(STEADY, int(str(most))) if most is not None else STEADY


def _small_print(lines: list[str], look: Look) -> alt.Chart:
    """Marks and not a title, since a title cannot stand below."""
    rows = [{"line": line, "y": n} for n, line in enumerate(lines)]
    base = alt.Chart(alt.InlineData(rows)).mark_text(align="left", baseline="top", size=10, color=look.tones.muted)
    encoded = base.encode(text="line:N", x=alt.value(0), y=alt.Y("y:O", axis=None))
    return encoded.properties(width=WIDTH, height=16 * len(lines), view=alt.ViewConfig(stroke=None))


def _styled(chart: alt.VConcatChart, look: Look) -> alt.VConcatChart:
    axis: dict[str, Any] = {
        "labelColor": look.tones.ink,
        "titleColor": look.tones.muted,
        "gridColor": look.tones.line,
        "domainColor": look.tones.muted,
        "tickColor": look.tones.muted,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "labelLimit": 220,
    }
    return (
        chart.configure(background=look.tones.paper, font=FONT, padding=16)
        .configure_view(stroke=None)
        .configure_axis(**axis)
        .configure_title(
            color=look.tones.ink, subtitleColor=look.tones.muted, fontSize=17, subtitleFontSize=12, offset=14
        )
        .configure_legend(labelColor=look.tones.ink, titleColor=look.tones.muted, titleFontWeight="normal")
        .configure_text(color=look.tones.ink, fontSize=11)
        .configure_header(labelColor=look.tones.ink, titleColor=look.tones.muted)
    )
