"""Where customers live, and how long goods travel to them."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from keystone_nexus.analytics.brazil import CREDIT, states
from keystone_nexus.analytics.charts.bars import bars, percent, reais
from keystone_nexus.analytics.charts.theme import AnyChart, Chart, Look, finish, nothing

STATES = "select state, orders, revenue, revenue_share from gold.state_performance order by revenue desc, state"
DELIVERIES = """
    select state, deliveries, late_deliveries, late_share, delivery_days_mean, delivery_days_p90
    from gold.state_performance where deliveries > 0 order by late_share desc, state
"""
ROUTES = """
    select seller_state || ' → ' || state as route, deliveries, late_share, delivery_days_mean, distance_km
    from gold.regional_logistics where deliveries > 0 order by deliveries desc, route limit 20
"""
ON_TIME = "Late: delivered on a later date than estimated"


def state_map(frame: pl.DataFrame, look: Look) -> Chart:
    title = "Revenue by the customer's state"
    if frame.is_empty():
        return nothing(frame, look, title, "No orders in this period")
    order = alt.EncodingSortField("revenue", op="sum", order="descending")
    name = alt.Y("state:N", sort=order, title=None)
    written = f"{reais('revenue')} + ' (' + {percent('revenue_share')} + ')'"
    both = alt.hconcat(_map(frame, look), bars(name, "revenue", "Revenue [R$]", written, look, width=190))
    return finish(frame, both, look, title, f"The {look.more} the more, by powers of ten; grey: no orders", CREDIT)


def _map(frame: pl.DataFrame, look: Look) -> AnyChart:
    found = {row["state"]: float(row["revenue"]) for row in frame.iter_rows(named=True)}
    features: list[dict[str, Any]] = [
        # A logarithm, since one state alone is a third of the whole; nothing stays nothing.
        {"type": "Feature", "geometry": s.geometry, "code": s.code, "revenue": found.get(s.code) or None}
        for s in states().values()
    ]
    outlines = alt.Chart(alt.InlineData(features))
    scale = alt.Scale(type="log", range=look.ramp)
    colour = alt.condition(
        "isValid(datum.revenue)", alt.Color("revenue:Q", scale=scale, legend=None), alt.value(look.tones.line)
    )
    shapes = outlines.mark_geoshape(stroke=look.tones.paper, strokeWidth=0.8).encode(color=colour)
    points = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": s.label}, "code": s.code}
        for s in states().values()
    ]
    names = alt.Chart(alt.InlineData(points)).transform_calculate(
        x="datum.geometry.coordinates[0]", y="datum.geometry.coordinates[1]"
    )
    place = {"longitude": "x:Q", "latitude": "y:Q", "text": "code:N"}
    # A rim around the letters keeps them readable on light and on dark states.
    rim = names.mark_text(
        size=9, fontWeight="bold", color=look.tones.paper, stroke=look.tones.paper, strokeWidth=3, strokeJoin="round"
    )
    text = names.mark_text(size=9, fontWeight="bold", color=look.tones.ink)
    layers = alt.layer(shapes, rim.encode(**place), text.encode(**place))
    return layers.project(type="identity").properties(width=400, height=420)


def state_deliveries(frame: pl.DataFrame, look: Look) -> Chart:
    title = "Late deliveries and delivery time by the customer's state"
    if frame.is_empty():
        return nothing(frame, look, title, "No deliveries in this period")
    return finish(frame, _lateness("state", "late_share", look), look, title, ON_TIME)


def route_deliveries(frame: pl.DataFrame, look: Look) -> Chart:
    title = "The 20 busiest routes: late deliveries and delivery time"
    if frame.is_empty():
        return nothing(frame, look, title, "No deliveries in this period")
    return finish(
        frame, _lateness("route", "deliveries", look), look, title, f"Seller's state → customer's state. {ON_TIME}"
    )


def _lateness(label: str, by: str, look: Look) -> alt.HConcatChart:
    order = alt.EncodingSortField(by, op="sum", order="descending")
    late = f"{percent('late_share')} + '  of ' + format(datum.deliveries, ',d')"
    days = "format(datum.delivery_days_mean, '.1f') + ' days'"
    name, bare = alt.Y(f"{label}:N", sort=order, title=None), alt.Y(f"{label}:N", sort=order, axis=None)
    return alt.hconcat(
        bars(name, "late_share", "Late share of deliveries", late, look, width=260, colour=look.tones.second),
        bars(bare, "delivery_days_mean", "Mean days from purchase to delivery", days, look, width=220),
    )
