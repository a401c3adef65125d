"""Sales over time."""

from __future__ import annotations

import altair as alt
import polars as pl

from keystone_nexus.analytics.charts.theme import WIDTH, Chart, Look, finish, money_axis, nothing, steady

MONTHLY = "select month, orders, revenue, is_partial from gold.monthly_sales order by month"
LATE = """
    select month, deliveries, late_share, delivery_days_mean from gold.monthly_sales where deliveries > 0 order by month
"""
DAILY = "select date, orders, revenue from gold.daily_sales order by date"


def monthly_sales(frame: pl.DataFrame, look: Look) -> Chart:
    title = "Revenue and orders by month"
    if frame.is_empty():
        return nothing(frame, look, title, "No orders in this period")
    month = alt.X("yearmonth(month):O", title=None, axis=alt.Axis(format="%b %y", labelAngle=-45))
    part = alt.condition("datum.is_partial", alt.value(0.45), alt.value(1.0))
    revenue = alt.Chart().mark_bar(color=look.tones.accent)
    revenue = revenue.encode(x=month, y=alt.Y("revenue:Q", axis=money_axis("Revenue [R$]")), opacity=part)
    orders = alt.Chart().mark_line(color=look.tones.second, point=alt.OverlayMarkDef(color=look.tones.second, size=36))
    orders = orders.encode(x=month, y=alt.Y("orders:Q", axis=alt.Axis(title="Orders", format=",d", tickCount=4)))
    both = alt.vconcat(
        revenue.properties(width=WIDTH, height=220), orders.properties(width=WIDTH, height=130), spacing=8
    )
    subtitle = "Price of the items ordered, any status; paler bars are months of which the data holds a part"
    return finish(frame, both, look, title, subtitle)


def daily_sales(frame: pl.DataFrame, look: Look) -> Chart:
    title = "Revenue by day"
    if frame.is_empty():
        return nothing(frame, look, title, "No orders in this period")
    day = alt.X("date:T", title=None, axis=alt.Axis(format="%b %y"))
    axis = money_axis("Revenue [R$ a day]")
    revenue = alt.Y("revenue:Q", axis=axis, scale=alt.Scale(domainMin=0))
    days = alt.Chart().mark_circle(color=look.tones.muted, opacity=0.45, size=10).encode(x=day, y=revenue)
    week = alt.Chart().transform_window(mean="mean(revenue)", frame=[-6, 0])
    line = week.mark_line(color=look.tones.accent, strokeWidth=2).encode(x=day, y=alt.Y("mean:Q", axis=axis))
    both = alt.layer(days, line).properties(height=260)
    return finish(frame, both, look, title, "Dots are days, the line is the mean of the last seven days")


def late_months(frame: pl.DataFrame, look: Look) -> Chart:
    title = "Late deliveries by month of purchase"
    if frame.is_empty():
        return nothing(frame, look, title, "No deliveries in this period")
    few = steady(frame, "deliveries")
    month = alt.X("month:T", title=None, axis=alt.Axis(format="%b %y"))
    share = alt.Y("late_share:Q", axis=alt.Axis(title="Late share of deliveries", format="%", tickCount=5))
    base = alt.Chart().transform_filter(f"datum.deliveries >= {few}")
    line = base.mark_line(color=look.tones.accent, point=alt.OverlayMarkDef(color=look.tones.accent, size=36))
    drawn = line.encode(x=month, y=share).properties(height=220)
    subtitle = f"Late: delivered on a later date than estimated; months of at least {few:,} deliveries"
    return finish(frame, drawn, look, title, subtitle)
