# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
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

import polars as pl

from keystone_nexus.analytics import claims, words
from keystone_nexus.analytics.display import figure, rows, say, tell
from keystone_nexus.analytics.gold import gold_of
from keystone_nexus.analytics.markdown import escaped
from keystone_nexus.lake.lake import Lake

gold = gold_of(Lake(Path(os.environ.get("KEYSTONE_LAKE", "../lake"))))
NONE = "No orders in this period."

# %% [markdown]
# ## 1. How do sales develop?

# %% tags=["chart"]
figure(gold, "monthly_sales")

# %%
sales = gold.table("monthly_sales").sort("month")
whole = sales.filter(~pl.col("is_partial"))
peak = whole.sort("revenue", "month", descending=[True, False]).head(1).to_dicts()
say(
    lambda: (
        f"The best month is **{words.month(peak[0]['month'])}**: {words.count(peak[0]['orders'])} orders and "
        f"{words.money(peak[0]['revenue'])}. {words.count(int((whole['growth'] > 0).sum()))} of the "
        f"{words.count(whole.height)} whole months brought more than the month before; months of which the data "
        f"holds only a part ({words.count(sales.height - whole.height)}) are not comparable."
        if peak
        else "There is no whole month in this period."
    )
)

# %% [markdown]
# ## 2. What sells?

# %% tags=["chart"]
figure(gold, "top_categories")

# %% tags=["chart"]
figure(gold, "top_products")

# %%
tell(gold, claims.TOP_CATEGORIES)

# %%
held = gold.frame("""
select
    (select sum(revenue_share) from gold.product_performance where revenue_rank <= 20) as products,
    (select sum(revenue_share) from gold.category_performance where revenue_rank <= 20) as categories
""").to_dicts()[0]
say(
    lambda: (
        f"The first 20 products hold {words.share(held['products'])} of revenue, "
        f"the first 20 categories {words.share(held['categories'])}."
        if held["products"] is not None
        else "Nothing was sold in this period."
    )
)

# %% [markdown]
# ## 3. Do products that are liked more sell more?

# %% tags=["chart"]
figure(gold, "review_sales")

# %%
link = gold.table("review_sales_correlation").to_dicts()[:1]
known = bool(link) and link[0]["review_units_correlation"] is not None
say(
    lambda: (
        f"Over the {words.count(link[0]['products'])} products with a review, Pearson's r between mean score and units is "
        f"**{words.number(link[0]['review_units_correlation'], 3)}**, and {words.number(link[0]['review_revenue_correlation'], 3)} "
        "with revenue. Within 0.1 of zero there is no linear link worth acting on. Small dots are categories with few "
        "reviews: their means lie far out by chance."
        if known
        else "There are too few reviewed products for a correlation."
    )
)

# %% [markdown]
# ## 4. Who are the customers? (RFM)
#
# *Recency* and *money* are fifths (5 is the best); a segment also asks whether somebody ordered more than once.

# %% tags=["chart"]
figure(gold, "rfm_segments")

# %% tags=["chart"]
figure(gold, "recency_money")

# %%
tell(gold, claims.SEGMENTS, claims.RETURNING)

# %% [markdown]
# ## 5. Where do customers live, and where is delivery late?

# %% tags=["chart"]
figure(gold, "state_map")

# %% tags=["chart"]
figure(gold, "late_map")

# %%
tell(gold, claims.LATE_STATE)

# %% [markdown]
# ## 6. What makes a delivery late?

# %% tags=["chart"]
figure(gold, "route_distance")

# %% tags=["chart"]
figure(gold, "route_deliveries")

# %% tags=["chart"]
figure(gold, "late_months")

# %%
tell(gold, claims.LATE_OVERALL, claims.LATE_DISTANCE, claims.LATE_ROUTE, claims.LATE_MONTH, claims.LATE_COST)

# %% [markdown]
# ## 7. Do customers come back? (cohorts)

# %% tags=["chart"]
figure(gold, "cohort_retention")

# %%
cohorts = gold.frame(f"select * from gold.customer_cohorts where months_since = 1 and customers >= {claims.ENOUGH}")
# A month in which hardly anybody ordered at all says nothing of who came back.
busy = sales.filter(pl.col("orders") >= claims.ENOUGH).select("month")
after = cohorts.with_columns(month=pl.col("cohort_month").dt.offset_by("1mo")).join(busy, "month", "semi")
came, first = after["active_customers"].sum(), after["customers"].sum()
say(
    lambda: (
        f"In the month after their first order, {words.count(came)} of {words.count(first)} customers "
        f"({words.share(came / first, 2)}) ordered again; cohorts of fewer than {claims.ENOUGH} customers "
        f"and months of fewer than {claims.ENOUGH} orders are left out."
        if first
        else "There is no month after a first order in this period."
    )
)

# %% [markdown]
# ## 8. What sets high-value customers apart?

# %% tags=["chart"]
figure(gold, "customer_value")

# %%
value = gold.table("customer_value_cohorts").sort("value_cohort")
figures = {
    "value_cohort": ("cohort", str), "customers": ("persons", words.count), "payment_share": ("share of payments", words.share),
    "customer_lifetime_value_mean": ("paid each", words.money), "orders_per_customer": ("orders each", words.number),
    "average_order_value": ("revenue per order", words.money), "delivery_days_mean": ("delivery days", lambda v: words.number(v, 1)),
    "late_share": ("late", words.share), "review_score": ("review score", words.number),
}  # fmt: skip
rows("value", value, figures, NONE)

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
rows("gaps", gaps, {"what": ("what", str), "n": ("rows", words.count)}, NONE)

# %%
found = gold.frame("""
select order_status, count(*) as orders, count(*) * 1e0 / sum(count(*)) over () as share
from gold.fact_orders group by 1 order by 2 desc, 1
""")
status = {"order_status": ("status", str), "orders": ("orders", words.count), "share": ("share", words.share)}
rows("status", found, status, NONE)

# %%
say(
    lambda: (
        f"**{escaped(found['order_status'][0])}** is the status of {words.share(found['share'][0])} of orders. Revenue counts "
        "all of them, so a canceled order with items is in it; `revenue_delivered` in every mart leaves them out."
        if found.height
        else NONE
    )
)
