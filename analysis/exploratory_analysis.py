# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exploratory analysis
#
# Nine questions about the shop's orders, each with a figure and what it means. Everything is read from gold, so
# the same notebook runs on the local DuckDB file and on Athena (`KEYSTONE_GOLD_URL` names which). Sentences with
# figures are computed: run it again, and they say what gold says then. Amounts are in Brazilian reais; *revenue* is
# the sum of the items' prices over orders of any status.

# %%
import os
from pathlib import Path

import altair as alt
import polars as pl

from keystone_nexus.analytics import claims, words
from keystone_nexus.analytics.display import figure, rows, say, tell
from keystone_nexus.analytics.gold import gold_of
from keystone_nexus.analytics.markdown import escaped
from keystone_nexus.lake.lake import Lake

gold = gold_of(Lake(Path(os.environ.get("KEYSTONE_LAKE", "../lake"))))
INK, ACCENT, FAINT = "#1b2a3a", "#0b6e99", "#c9d4dc"
LIGHT = ["#f2f7fa", "#74b3d1"]  # ink is readable on all of it
WIDE, NONE = 720, "No orders in this period."


# %% [markdown]
# ## 1. How do sales develop?


# %% tags=["chart"]
def sales_trend(frame):
    bars = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            alt.X("yearmonth(month):O", title="month of purchase", axis=alt.Axis(labelAngle=-45)),
            alt.Y("revenue:Q", title="revenue [R$]", axis=alt.Axis(format="~s", tickCount=6)),
            alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=["whole month", "part of a month"], range=[ACCENT, FAINT]),
                legend=alt.Legend(orient="top"),
            ),
        )
    )
    return bars.properties(width=WIDE, height=260)


sales = gold.table("monthly_sales").sort("month")
kinds = pl.when(pl.col("is_partial")).then(pl.lit("part of a month")).otherwise(pl.lit("whole month"))
figure(sales.with_columns(kind=kinds), sales_trend, "Bars: revenue by month of purchase", NONE)

# %%
whole = sales.filter(~pl.col("is_partial"))
peak = whole.sort("revenue", "month", descending=[True, False]).head(1).to_dicts()
say(
    f"The best month is **{words.month(peak[0]['month'])}**: {words.count(peak[0]['orders'])} orders and "
    f"{words.money(peak[0]['revenue'])}. {words.count(int((whole['growth'] > 0).sum()))} of the "
    f"{words.count(whole.height)} whole months brought more than the month before; months of which the data "
    f"holds only a part ({words.count(sales.height - whole.height)}) are not comparable."
    if peak
    else "There is no whole month in this period."
)

# %% [markdown]
# ## 2. What sells?


# %% tags=["chart"]
def ranked(frame):
    name = alt.Y("label:N", sort=alt.EncodingSortField("revenue_rank"), title=None, axis=alt.Axis(labelLimit=260))
    bars = (
        alt.Chart(frame)
        .mark_bar(color=ACCENT)
        .encode(name, alt.X("revenue:Q", title="revenue [R$]", axis=alt.Axis(format="~s", tickCount=6)))
    )
    return bars.properties(width=WIDE - 220, height=alt.Step(17))


categories = gold.frame("select * from gold.category_performance where revenue_rank <= 20 order by revenue_rank")
figure(
    categories.with_columns(label="category_name"),
    ranked,
    "Bars: the 20 categories with the highest revenue",
    "Nothing was sold in this period.",
)

# %% tags=["chart"]
products = gold.frame("select * from gold.product_performance where revenue_rank <= 20 order by revenue_rank")
labels = pl.format("{} {}…", "category_name", pl.col("product_id").str.slice(0, 8))
figure(
    products.with_columns(label=labels),
    ranked,
    "Bars: the 20 products with the highest revenue, by category and first digits of their id",
    "Nothing was sold in this period.",
)

# %%
tell(gold, claims.TOP_CATEGORIES)

# %%
say(
    f"The first 20 products hold {words.share(products['revenue_share'].sum())} of revenue, "
    f"the first 20 categories {words.share(categories['revenue_share'].sum())}."
    if products.height
    else "Nothing was sold in this period."
)

# %% [markdown]
# ## 3. Do products that are liked more sell more?


# %% tags=["chart"]
def by_score(frame):
    bars = (
        alt.Chart(frame)
        .mark_bar(color=ACCENT)
        .encode(
            alt.X("score:O", title="mean review score of the product, rounded", axis=alt.Axis(labelAngle=0)),
            alt.Y("units_mean:Q", title="mean units sold"),
        )
    )
    return bars.properties(width=360, height=220)


scores = gold.frame("""
select cast(round(review_score) as integer) as score, count(*) as products, avg(cast(units as double)) as units_mean
from gold.product_performance where review_score is not null group by 1 order by 1
""")
figure(
    scores,
    by_score,
    "Bars: mean units sold of products by their rounded mean score",
    "No product has a review in this period.",
)

# %%
link = gold.table("review_sales_correlation").to_dicts()[:1]
known = bool(link) and link[0]["review_units_correlation"] is not None
say(
    f"Over the {words.count(link[0]['products'])} products with a review, Pearson's r between mean score and units is "
    f"**{words.number(link[0]['review_units_correlation'], 3)}**, and {words.number(link[0]['review_revenue_correlation'], 3)} "
    "with revenue. Within 0.1 of zero there is no linear link worth acting on. Products that sold once have a mean "
    "of one review, so extremes are mostly products that hardly sold: read the bars with that in mind."
    if known
    else "There are too few reviewed products for a correlation."
)

# %% [markdown]
# ## 4. Who are the customers? (RFM)
#
# *Recency* and *money* are fifths (5 is the best); a segment also asks whether somebody ordered more than once.


# %% tags=["chart"]
def segment_bars(frame):
    base = (
        alt.Chart(frame)
        .encode(alt.Y("segment:N", sort=frame["segment"].to_list(), title=None))
        .properties(width=290, height=alt.Step(22))
    )
    persons = base.mark_bar(color=FAINT).encode(
        alt.X("persons:Q", title="persons", axis=alt.Axis(format="~s", tickCount=6))
    )
    paid = base.mark_bar(color=ACCENT).encode(
        alt.X("paid:Q", title="payments [R$]", axis=alt.Axis(format="~s", tickCount=6))
    )
    return persons | paid


segments = gold.frame(claims.SEGMENTS.sql)
figure(segments, segment_bars, "Bars: persons and payments by segment", NONE)


# %% tags=["chart"]
def recency_by_money(frame):
    base = alt.Chart(frame).encode(
        alt.X("recency_score:O", title="recency, 5 is the most recent", axis=alt.Axis(labelAngle=0)),
        alt.Y("monetary_score:O", title="money, 5 is the most", sort="descending"),
    )
    cells = base.mark_rect().encode(alt.Color("persons:Q", title="persons", scale=alt.Scale(range=LIGHT, domainMin=0)))
    return (cells + base.mark_text(color=INK).encode(alt.Text("persons:Q", format=","))).properties(
        width=360, height=220
    )


fifths = gold.frame(
    "select recency_score, monetary_score, count(*) as persons from gold.customer_rfm group by 1, 2 order by 1, 2"
)
figure(fifths, recency_by_money, "Heat map: persons by fifths of recency and of money", NONE)

# %%
tell(gold, claims.SEGMENTS, claims.RETURNING)

# %% [markdown]
# ## 5. Where do customers live, and where is delivery late?
#
# Each state is a tile about where it lies in Brazil: the north is at the top, the coast to the right.

# %% tags=["chart"]
GRID = """
. RR . AP . . .
. AM PA MA PI CE RN
AC RO MT TO BA PE PB
. . MS GO DF SE AL
. . . SP MG ES .
. . . PR RJ . .
. . . SC . . .
. . . RS . . .
"""
PLACES = pl.DataFrame(
    [
        (state, x, y)
        for y, line in enumerate(GRID.split("\n")[1:-1])
        for x, state in enumerate(line.split())
        if state != "."
    ],
    schema=["state", "x", "y"],
    orient="row",
)


def tiles(frame, value, title, shown, scheme):
    frame = frame.drop_nulls(value)
    base = alt.Chart(frame, title=title).encode(alt.X("x:O", axis=None), alt.Y("y:O", axis=None))
    dark = f"datum.{value} > {(frame[value].max() or 0) * 0.6}"
    color = alt.condition(dark, alt.value("white"), alt.value(INK))
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        alt.Color(f"{value}:Q", title=None, scale=alt.Scale(scheme=scheme), legend=alt.Legend(format=shown))
    )
    names = base.mark_text(dy=-7, fontWeight="bold").encode(alt.Text("state:N"), color=color)
    figures = base.mark_text(dy=8, fontSize=10).encode(alt.Text(f"{value}:Q", format=shown), color=color)
    return (cells + names + figures).properties(width=300, height=320)


def state_map(frame):
    # A scale of its own for each map; logs would hide how far ahead the first state is.
    revenue = tiles(frame, "revenue", "revenue [R$]", ".2s", "blues")
    return alt.hconcat(revenue, tiles(frame, "late_share", "late deliveries", ".0%", "oranges")).resolve_scale(
        color="independent"
    )


states = gold.table("state_performance")
figure(
    states.join(PLACES, "state"),
    state_map,
    "Two tile maps of Brazil's states: revenue, and the share of late deliveries",
    NONE,
)

# %%
tell(gold, claims.LATE_STATE)

# %% [markdown]
# ## 6. What makes a delivery late?


# %% tags=["chart"]
def routes_by_distance(frame):
    points = (
        alt.Chart(frame)
        .mark_circle(color=ACCENT, opacity=0.6)
        .encode(
            alt.X("distance_km:Q", title="mean distance of the route [km]"),
            alt.Y("late_share:Q", title="late deliveries", axis=alt.Axis(format="%")),
            alt.Size("deliveries:Q", title="deliveries", scale=alt.Scale(range=[20, 900])),
        )
    )
    return points.properties(width=WIDE - 120, height=280)


routes = gold.frame(
    f"select * from gold.regional_logistics where deliveries >= {claims.ENOUGH} and distance_km is not null"
)
figure(
    routes,
    routes_by_distance,
    "Points: routes between states by distance and share of late deliveries",
    claims.LATE_ROUTE.nothing,
)


# %% tags=["chart"]
def late_by_month(frame):
    line = (
        alt.Chart(frame)
        .mark_line(color=ACCENT, point=True)
        .encode(
            alt.X("month:T", title="month of purchase", axis=alt.Axis(format="%b %Y", tickCount=8, labelOverlap=True)),
            alt.Y("late_share:Q", title="late deliveries", axis=alt.Axis(format="%")),
        )
    )
    return line.properties(width=WIDE, height=220)


figure(
    sales.filter(pl.col("deliveries") >= claims.ENOUGH),
    late_by_month,
    "Line: share of late deliveries by month of purchase",
    claims.LATE_MONTH.nothing,
)

# %%
tell(gold, claims.LATE_OVERALL, claims.LATE_DISTANCE, claims.LATE_ROUTE, claims.LATE_MONTH, claims.LATE_COST)

# %% [markdown]
# ## 7. Do customers come back? (cohorts)


# %% tags=["chart"]
def retention(frame):
    base = alt.Chart(frame).encode(
        alt.X("months_since:O", title="months since the first order", axis=alt.Axis(labelAngle=0)),
        alt.Y("yearmonth(cohort_month):O", title="month of the first order"),
    )
    cells = base.mark_rect().encode(
        alt.Color("retention:Q", title="ordered again", scale=alt.Scale(range=LIGHT), legend=alt.Legend(format=".1%"))
    )
    return (cells + base.mark_text(fontSize=9, color=INK).encode(alt.Text("retention:Q", format=".1%"))).properties(
        width=WIDE - 140, height=alt.Step(17)
    )


cohorts = gold.table("customer_cohorts")
# A month in which hardly anybody ordered at all says nothing of who came back.
busy = sales.filter(pl.col("orders") >= claims.ENOUGH).select("month")
months = cohorts.with_columns(month=pl.col("cohort_month").dt.offset_by(pl.format("{}mo", "months_since")))
again = months.filter(pl.col("months_since").is_between(1, 12) & (pl.col("customers") >= claims.ENOUGH)).join(
    busy, "month", "semi"
)
figure(
    again,
    retention,
    "Heat map: share of a month's first-time customers who ordered again in each of the twelve months after",
    f"No month has {claims.ENOUGH} first-time customers and a month after it.",
)

# %%
next_month = again.filter(pl.col("months_since") == 1)
came, first = next_month["active_customers"].sum(), next_month["customers"].sum()
say(
    f"In the month after their first order, {words.count(came)} of {words.count(first)} customers "
    f"({words.share(came / first, 2)}) ordered again. Cohorts of fewer than {claims.ENOUGH} customers "
    f"and months of fewer than {claims.ENOUGH} orders are left out."
    if first
    else "There is no month after a first order in this period."
)

# %% [markdown]
# ## 8. What sets high-value customers apart?

# %%
value = gold.table("customer_value_cohorts").sort("value_cohort")
figures = {
    "value_cohort": ("cohort", str), "customers": ("persons", words.count), "payment_share": ("share of payments", words.share),
    "customer_lifetime_value_mean": ("paid each", words.money), "orders_per_customer": ("orders each", words.number),
    "average_order_value": ("revenue per order", words.money), "delivery_days_mean": ("delivery days", lambda v: words.number(v, 1)),
    "late_share": ("late", words.share), "review_score": ("review score", words.number),
}  # fmt: skip
rows(value, figures, NONE)

# %%
tell(gold, claims.VALUE)

# %% [markdown]
# ## 9. How far can these figures be trusted?
#
# Rows that broke a rule are in quarantine and not in gold; the last line of this page counts them. What is left
# holds some gaps, which the figures above live with:

# %%
gaps = gold.frame("""
select 1 as place, 'orders' as what, count(*) as n from gold.fact_orders
union all select 2, 'orders without items', count(*) from gold.fact_orders where items = 0
union all select 3, 'orders without a review', count(*) from gold.fact_orders as o
    where not exists (select 1 from gold.fact_reviews as r where r.order_id = o.order_id)
union all select 4, 'delivered orders without a delivery date', count(*) from gold.fact_orders
    where order_status = 'delivered' and delivery_days is null
union all select 5, 'items of a product without a category', count(*) from gold.fact_sales as s
    inner join gold.dim_product as p on s.product_key = p.product_key where p.category_name = 'unknown'
order by 1
""")
rows(gaps, {"what": ("what", str), "n": ("rows", words.count)}, NONE)


# %%
found = gold.frame("""
select order_status, count(*) as orders, count(*) * 1.0 / sum(count(*)) over () as share
from gold.fact_orders group by 1 order by 2 desc, 1
""")
status = {"order_status": ("status", str), "orders": ("orders", words.count), "share": ("share", words.share)}
rows(found, status, NONE)

# %%
say(
    f"**{escaped(found['order_status'][0])}** is the status of {words.share(found['share'][0])} of orders. Revenue counts "
    "all of them, so a canceled order with items is in it; `revenue_delivered` in every mart leaves them out."
    if found.height
    else NONE
)
