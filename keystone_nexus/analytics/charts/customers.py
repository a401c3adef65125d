"""Who buys, who comes back, who pays."""

from __future__ import annotations

import altair as alt
import polars as pl

from keystone_nexus.analytics.charts.bars import bars, percent, reais, whole
from keystone_nexus.analytics.charts.theme import STEADY, Chart, Look, finish, nothing

SEGMENTS = """
    select segment, count(*) as customers, cast(sum(monetary) as decimal(18, 2)) as payment_value
    from gold.customer_rfm group by segment order by payment_value desc, segment
"""
FIFTHS = """
    select recency_score, monetary_score, count(*) as customers
    from gold.customer_rfm group by recency_score, monetary_score order by recency_score, monetary_score
"""
RETENTION = """
    select cohort_month, months_since, customers, active_customers, retention
    from gold.customer_cohorts where months_since between 1 and 12 and customers > 0
    order by cohort_month, months_since
"""
VALUE = """
    select value_cohort, customers, payment_value, payment_share, average_order_value, late_share, review_score
    from gold.customer_value_cohorts order by value_cohort
"""
PAYMENTS = """
    select payment_type, payments, payment_value, payment_share from gold.payment_mix
    order by payment_value desc, payment_type
"""
LABEL = alt.Axis(labelExpr="replace(datum.label, /_/g, ' ')")


def rfm_segments(frame: pl.DataFrame, look: Look) -> Chart:
    title = "Customers by recency, frequency and value"
    if frame.is_empty():
        return nothing(frame, look, title, "No customers in this period")
    order = alt.EncodingSortField("payment_value", op="sum", order="descending")
    name = alt.Y("segment:N", sort=order, title=None, axis=LABEL)
    both = alt.hconcat(
        bars(name, "payment_value", "Payments [R$]", reais("payment_value"), look),
        bars(alt.Y("segment:N", sort=order, axis=None), "customers", "Persons", whole("customers"), look, width=220),
    )
    return finish(frame, both, look, title, "Champions, loyal and at risk ordered more than once; all others once")


def recency_money(frame: pl.DataFrame, look: Look) -> Chart:
    title = "Persons by fifths of recency and of money"
    if frame.is_empty():
        return nothing(frame, look, title, "No customers in this period")
    x = alt.X("recency_score:O", title="Recency: 5 is the most recent fifth", axis=alt.Axis(labelAngle=0))
    y = alt.Y("monetary_score:O", title="Money: 5 paid most", sort="descending")
    # As pale as ink stays readable on: what the eye is to see is that no corner is empty.
    scale = alt.Scale(range=[look.tones.paper, look.tones.middle], domainMin=0)
    cells = alt.Chart().mark_rect(stroke=look.tones.paper)
    cells = cells.encode(x=x, y=y, color=alt.Color("customers:Q", scale=scale, legend=None))
    text = alt.Chart().mark_text(color=look.tones.ink).encode(x=x, y=y, text=alt.Text("customers:Q", format=",d"))
    chart = alt.layer(cells, text).properties(height=alt.Step(30))
    return finish(frame, chart, look, title, "Each row and each column is a fifth of all persons")


def cohort_retention(frame: pl.DataFrame, look: Look) -> Chart:
    title = "Who comes back: customers by the month of their first order"
    if frame.is_empty():
        return nothing(frame, look, title, "No month after a first order in this period")
    x = alt.X("months_since:O", title="Months since the first order", axis=alt.Axis(labelAngle=0, orient="top"))
    y = alt.Y("yearmonth(cohort_month):O", title="First order", axis=alt.Axis(format="%b %Y"))
    steady = f"datum.customers >= {STEADY}"
    top = max(_steady_maximum(frame), 0.000001)
    scale = alt.Scale(range=look.ramp, domain=[0, top / 2, top], clamp=True)
    colour = alt.condition(steady, alt.Color("retention:Q", scale=scale, legend=None), alt.value(look.tones.line))
    cells = alt.Chart().mark_rect(stroke=look.tones.paper).encode(x=x, y=y, color=colour)
    ink = alt.condition(
        f"{steady} && datum.retention > {top * 0.6}", alt.value(look.tones.paper), alt.value(look.tones.ink)
    )
    text = alt.Chart().mark_text(size=10).encode(x=x, y=y, text=alt.Text("retention:Q", format=".1%"), color=ink)
    subtitle = (
        f"Part of a month's new customers who ordered again; {look.more} is more, grey has fewer than {STEADY} persons"
    )
    chart = alt.layer(cells, text).properties(height=alt.Step(18))
    return finish(frame, chart, look, title, subtitle)


def _steady_maximum(frame: pl.DataFrame) -> float:
    found = frame.filter(pl.col("customers") >= STEADY)["retention"].max()
    return 0.0 if found is None else float(str(found))


def customer_value(frame: pl.DataFrame, look: Look) -> Chart:
    title = "High-value customers against the others"
    if frame.is_empty():
        return nothing(frame, look, title, "No customers in this period")
    name = alt.Y("value_cohort:N", title=None, axis=alt.Axis(labelExpr="datum.label + ' value'"))
    bare = alt.Y("value_cohort:N", axis=None)
    parts = [
        bars(name, "customers", "Persons", whole("customers"), look, width=95),
        bars(bare, "payment_share", "Part of payments", percent("payment_share"), look, width=95),
        bars(bare, "average_order_value", "Order value [R$]", reais("average_order_value"), look, width=95),
        bars(bare, "review_score", "Review score", "format(datum.review_score, '.2f')", look, width=95),
    ]
    return finish(frame, alt.hconcat(*parts), look, title, "High value: the fifth of persons who paid most")


def payment_mix(frame: pl.DataFrame, look: Look) -> Chart:
    title = "How customers pay"
    if frame.is_empty():
        return nothing(frame, look, title, "No payments in this period")
    order = alt.EncodingSortField("payment_value", op="sum", order="descending")
    name = alt.Y("payment_type:N", sort=order, title=None, axis=LABEL)
    bare = alt.Y("payment_type:N", sort=order, axis=None)
    written = f"{reais('payment_value')} + ' (' + {percent('payment_share')} + ')'"
    both = alt.hconcat(
        bars(name, "payment_value", "Payments [R$]", written, look),
        bars(bare, "payments", "Number of payments", whole("payments"), look, width=200),
    )
    return finish(frame, both, look, title, "An order may be paid in several ways")
