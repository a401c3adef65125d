"""Charts to SVG and PNG, without a browser."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

import altair as alt
import polars as pl

from keystone_nexus.analytics.charts import customers, products, regions, sales
from keystone_nexus.analytics.charts.artist import ARTIST
from keystone_nexus.analytics.charts.theme import Look, look_of
from keystone_nexus.analytics.failures import PageFailed
from keystone_nexus.analytics.fit import fit, fit_tree
from keystone_nexus.analytics.gold import Gold
from keystone_nexus.analytics.provenance import Provenance
from keystone_nexus.lake.publish import write_over


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A chart and the query whose frame it shows."""

    sql: str
    chart: Callable[[pl.DataFrame, Look], alt.VConcatChart]

    def of(self, gold: Gold, look: Look) -> alt.VConcatChart:
        return self.chart(gold.frame(self.sql), look)


EXHIBITS = {
    "monthly_sales": Exhibit(sales.MONTHLY, sales.monthly_sales),
    "daily_sales": Exhibit(sales.DAILY, sales.daily_sales),
    "top_categories": Exhibit(products.CATEGORIES, products.top_categories),
    "top_products": Exhibit(products.PRODUCTS, products.top_products),
    "review_sales": Exhibit(products.REVIEWS, products.review_sales),
    "state_map": Exhibit(regions.STATES, regions.state_map),
    "late_map": Exhibit(regions.LATE_STATES, regions.late_map),
    "late_months": Exhibit(sales.LATE, sales.late_months),
    "state_deliveries": Exhibit(regions.DELIVERIES, regions.state_deliveries),
    "route_deliveries": Exhibit(regions.ROUTES, regions.route_deliveries),
    "route_distance": Exhibit(regions.DISTANCES, regions.route_distance),
    "rfm_segments": Exhibit(customers.SEGMENTS, customers.rfm_segments),
    "recency_money": Exhibit(customers.FIFTHS, customers.recency_money),
    "customer_value": Exhibit(customers.VALUE, customers.customer_value),
    "cohort_retention": Exhibit(customers.RETENTION, customers.cohort_retention),
    "payment_mix": Exhibit(customers.PAYMENTS, customers.payment_mix),
}
"""Name of the file -> what it shows."""
ENOUGH = 3
"""Exhibits that failed, after which the others are not tried: then it is not one chart that is at fault."""


def svg(chart: alt.VConcatChart) -> str:
    """With its description for those who hear it, which Vega leaves out."""
    drawn = ARTIST.ask(chart=json.dumps(fit_tree(chart.to_dict())), version=_version())["svg"]
    said = quoteattr(fit(str(chart.description)))
    return drawn.replace("<svg ", f'<svg role="img" aria-label={said} ', 1)


def png(drawn: str) -> bytes:
    """Of a chart's SVG, twice the size of a screen's pixels, for slides and print."""
    return base64.b64decode(ARTIST.ask(svg=drawn, scale=2)["png"])


def write_charts(gold: Gold, provenance: Provenance, folder: Path) -> list[Path]:
    """Writes `<name>.svg` and `<name>.png` of every exhibit into the folder. Returns what it wrote.

    An exhibit that cannot be drawn does not keep the others from it: PageFailed names it when they are written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    look = look_of(provenance)
    written: list[Path] = []
    failed: list[str] = []
    try:
        for name, exhibit in EXHIBITS.items():
            try:
                written += _write(exhibit.of(gold, look), folder / name)
            except PageFailed as error:
                failed.append(f"{name}: {error}")
                if len(failed) == ENOUGH:
                    break
    finally:
        ARTIST.close()
    if failed:
        raise PageFailed("; ".join(failed))
    return written


def _write(chart: alt.VConcatChart, path: Path) -> list[Path]:
    drawn = svg(chart)
    contents = {path.with_suffix(".svg"): drawn.encode(), path.with_suffix(".png"): png(drawn)}
    for where, content in contents.items():
        write_over(where, content)
    return list(contents)


def _version() -> str:
    """The grammar that the installed Altair writes, as vl-convert names it."""
    return "_".join(alt.SCHEMA_VERSION.split(".")[:2])
