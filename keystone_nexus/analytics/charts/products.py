"""What sells, and whether well reviewed things sell better."""

from __future__ import annotations

import altair as alt
import polars as pl

from keystone_nexus.analytics.charts.bars import bars, reais, whole
from keystone_nexus.analytics.charts.theme import Chart, Look, finish, money_axis, nothing, words
from keystone_nexus.analytics.words import count, number

CATEGORIES = """
    select category_name, revenue, units, revenue_rank, units_rank
    from gold.category_performance order by revenue_rank limit 20
"""
PRODUCTS = """
    select product_id, category_name, revenue, units, revenue_rank
    from gold.product_performance order by revenue_rank limit 20
"""
REVIEWS = """
    select category_name, review_score, revenue, reviews, revenue_rank, products, review_revenue_correlation
    from (select category_name, review_score, revenue, reviews, revenue_rank from gold.category_performance) as c
    cross join gold.review_sales_correlation
    where review_score is not null
    order by revenue_rank
"""


def top_categories(frame: pl.DataFrame, look: Look) -> Chart:
    title = "Top 20 categories by revenue"
    if frame.is_empty():
        return nothing(frame, look, title, "No sales in this period")
    order = alt.EncodingSortField("revenue_rank", op="min")
    name = alt.Y("category_name:N", sort=order, title=None, axis=alt.Axis(labelExpr="replace(datum.label, /_/g, ' ')"))
    bare = alt.Y("category_name:N", sort=order, title=None, axis=None)
    ranked = f"{whole('units')} + '  (' + datum.units_rank + '.)'"
    both = alt.hconcat(
        bars(name, "revenue", "Revenue [R$]", reais("revenue"), look),
        bars(bare, "units", "Units sold (rank by units)", ranked, look, width=240, colour=look.tones.second),
    )
    return finish(frame, both, look, title, "One item is one unit; orders of any status")


def top_products(frame: pl.DataFrame, look: Look) -> Chart:
    title = "Top 20 products by revenue"
    if frame.is_empty():
        return nothing(frame, look, title, "No sales in this period")
    order = alt.EncodingSortField("revenue_rank", op="min")
    label = "replace(datum.label, /^(.{8}).*$/, '$1…')"
    name = alt.Y("product_id:N", sort=order, title=None, axis=alt.Axis(labelExpr=label))
    bare = alt.Y("product_id:N", sort=order, title=None, axis=None)
    revenue = f"{reais('revenue')} + '  ' + {words('category_name')}"
    both = alt.hconcat(
        bars(name, "revenue", "Revenue [R$] and category", revenue, look, width=330),
        bars(bare, "units", "Units sold", whole("units"), look, width=200, colour=look.tones.second),
    )
    return finish(frame, both, look, title, "Products have no names in the data: the first characters of their ids")


def review_sales(frame: pl.DataFrame, look: Look) -> Chart:
    title = "Review score against sales, by category"
    if frame.is_empty():
        return nothing(frame, look, title, "No reviews in this period")
    x = alt.X("review_score:Q", title="Mean review score [1 to 5]", scale=alt.Scale(zero=False, nice=True))
    y = alt.Y("revenue:Q", axis=money_axis("Revenue [R$]"))
    size = alt.Size("reviews:Q", title="Reviews", scale=alt.Scale(range=[12, 500]), legend=alt.Legend(tickCount=3))
    dots = alt.Chart().mark_circle(color=look.tones.accent, opacity=0.7).encode(x=x, y=y, size=size)
    first = alt.Chart().transform_filter("datum.revenue_rank <= 6").transform_calculate(name=words("category_name"))
    names = first.mark_text(align="left", dx=14, color=look.tones.ink).encode(x=x, y=y, text="name:N")
    return finish(frame, alt.layer(dots, names).properties(height=360), look, title, _correlation(frame))


def _correlation(frame: pl.DataFrame) -> str:
    products, r = frame["products"][0], frame["review_revenue_correlation"][0]
    if r is None:
        return f"{count(products)} reviewed products: too few or too alike to say whether score and revenue go together"
    return f"Over {count(products)} reviewed products, score and revenue correlate with r = {number(r, 3)}"
