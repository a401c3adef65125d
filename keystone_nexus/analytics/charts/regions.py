"""Where customers live, and how long goods travel to them."""

from __future__ import annotations

import json
from typing import Any, Literal

import altair as alt
import polars as pl

from keystone_nexus.analytics.brazil import CREDIT, states
from keystone_nexus.analytics.charts.bars import bars, percent, reais, whole
from keystone_nexus.analytics.charts.theme import AnyChart, Chart, Look, finish, nothing, steady

STATES = "select state, orders, revenue, revenue_share from gold.state_performance order by revenue desc, state"
DELIVERIES = """
    select state, deliveries, late_deliveries, late_share, delivery_days_mean, delivery_days_p90
    from gold.state_performance where deliveries > 0 order by late_share desc, state
"""
ROUTES = """
    select seller_state || ' → ' || state as route, deliveries, late_share, delivery_days_mean, distance_km
    from gold.regional_logistics where deliveries > 0 order by deliveries desc, route limit 20
"""
LATE_STATES = "select state, deliveries, late_share from gold.state_performance where deliveries > 0 order by state"
DISTANCES = """
    select seller_state || ' → ' || state as route, distance_km, deliveries, late_share
    from gold.regional_logistics where deliveries > 0 and distance_km is not null order by deliveries desc, route
"""
ON_TIME = "Late: delivered on a later date than estimated"


def state_map(frame: pl.DataFrame, look: Look) -> Chart:
    title = "Revenue by the customer's state"
    if frame.is_empty():
        return nothing(frame, look, title, "No orders in this period")
    order = alt.EncodingSortField("revenue", op="sum", order="descending")
    name = alt.Y("state:N", sort=order, title=None)
    written = f"{reais('revenue')} + ' (' + {percent('revenue_share')} + ')'"
    # A logarithm, since one state alone is a third of the whole.
    shaded = _map(frame, "revenue", "log", look)
    both = alt.hconcat(shaded, bars(name, "revenue", "Revenue [R$]", written, look, width=190))
    return finish(frame, both, look, title, f"The {look.more} the more, by powers of ten; grey: no orders", CREDIT)


def late_map(frame: pl.DataFrame, look: Look) -> Chart:
    title = "Late deliveries by the customer's state"
    if frame.is_empty():
        return nothing(frame, look, title, "No deliveries in this period")
    few = steady(frame, "deliveries")
    enough = frame.filter(pl.col("deliveries") >= few)
    order = alt.EncodingSortField("late_share", op="sum", order="descending")
    late = f"{percent('late_share')} + '  of ' + {whole('deliveries')}"
    ranked = bars(
        alt.Y("state:N", sort=order, title=None), "late_share", "Late share of deliveries", late, look, width=190
    )
    both = alt.hconcat(
        _map(enough, "late_share", "linear", look), ranked.transform_filter(f"datum.deliveries >= {few}")
    )
    subtitle = f"{ON_TIME}; the {look.more} the more; grey: fewer than {few:,} deliveries"
    return finish(frame, both, look, title, subtitle, CREDIT)


def _map(frame: pl.DataFrame, field: str, kind: Literal["log", "linear"], look: Look) -> AnyChart:
    found = {row["state"]: float(row[field]) for row in frame.iter_rows(named=True)}
    if kind == "log":
        found = {code: value for code, value in found.items() if value > 0}
    features: list[dict[str, Any]] = [
        {"type": "Feature", "geometry": s.geometry, "code": s.code, field: found.get(s.code)} for s in states().values()
    ]
    outlines = alt.Chart(_inline(features))
    scale = alt.Scale(type=kind, range=look.ramp)
    colour = alt.condition(
        f"isValid(datum.{field})", alt.Color(f"{field}:Q", scale=scale, legend=None), alt.value(look.tones.line)
    )
    shapes = outlines.mark_geoshape(stroke=look.tones.paper, strokeWidth=0.8).encode(color=colour)
    points = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": s.label}, "code": s.code}
        for s in states().values()
    ]
    names = alt.Chart(_inline(points)).transform_calculate(
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


def _inline(features: list[dict[str, Any]]) -> alt.InlineData:
    """As text, since Altair takes a second to check outlines point by point."""
    return alt.InlineData(json.dumps(features), format=alt.JsonDataFormat(type="json"))


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


def route_distance(frame: pl.DataFrame, look: Look) -> Chart:
    title = "Late deliveries by the distance of the route"
    if frame.is_empty():
        return nothing(frame, look, title, "No deliveries in this period")
    few = steady(frame, "deliveries")
    x = alt.X("distance_km:Q", title="Mean distance from the seller to the customer [km]")
    y = alt.Y("late_share:Q", axis=alt.Axis(title="Late share of deliveries", format="%", tickCount=5))
    size = alt.Size(
        "deliveries:Q", title="Deliveries", scale=alt.Scale(range=[12, 700]), legend=alt.Legend(tickCount=3)
    )
    shown = alt.Chart().transform_filter(f"datum.deliveries >= {few}")
    dots = shown.mark_circle(color=look.tones.accent, opacity=0.65).encode(x=x, y=y, size=size)
    first = shown.transform_window(place="row_number()").transform_filter("datum.place <= 2")
    names = first.mark_text(dy=-18, color=look.tones.ink).encode(x=x, y=y, text="route:N")
    subtitle = f"Routes from state to state of at least {few:,} deliveries. {ON_TIME}"
    return finish(frame, alt.layer(dots, names).properties(height=280), look, title, subtitle)


def _lateness(label: str, by: str, look: Look) -> alt.HConcatChart:
    order = alt.EncodingSortField(by, op="sum", order="descending")
    late = f"{percent('late_share')} + '  of ' + format(datum.deliveries, ',d')"
    days = "format(datum.delivery_days_mean, '.1f') + ' days'"
    name, bare = alt.Y(f"{label}:N", sort=order, title=None), alt.Y(f"{label}:N", sort=order, axis=None)
    return alt.hconcat(
        bars(name, "late_share", "Late share of deliveries", late, look, width=260, colour=look.tones.second),
        bars(bare, "delivery_days_mean", "Mean days from purchase to delivery", days, look, width=220),
    )
