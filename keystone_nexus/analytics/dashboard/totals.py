"""The totals with no filter set, each from the facts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from keystone_nexus.analytics.gold import Gold
from keystone_nexus.analytics.words import rounded

SQL = """
with orders as (
    select
        count(*) as orders,
        sum(case when items > 0 then 1 else 0 end) as orders_with_items,
        coalesce(sum(items), 0) as items,
        cast(coalesce(sum(price), 0) as decimal(18, 2)) as revenue,
        sum(case when order_status = 'delivered' and delivery_days is not null then 1 else 0 end) as deliveries,
        sum(case when order_status = 'delivered' and is_late then 1 else 0 end) as late_deliveries,
        sum(case when order_status = 'delivered' then delivery_days end) as delivery_days
    from gold.fact_orders
),
reviews as (select count(*) as reviews, sum(review_score) as score_sum from gold.fact_reviews),
persons as (
    select count(distinct customers.customer_unique_id) as customers
    from gold.fact_orders as orders
    inner join gold.dim_customer as customers on orders.customer_key = customers.customer_key
    where customers.valid_from is not null  -- the unknown member alone has no purchase of its own
)
select * from orders cross join reviews cross join persons
"""


def totals(gold: Gold) -> dict[str, Any]:
    """By the name of the KPI. Ratios as gold rounds them: six digits, half up."""
    (row,) = gold.frame(SQL).iter_rows(named=True)
    return {name: row[name] for name in ("revenue", "orders", "items", "customers")} | {
        "average_order_value": _ratio(row["revenue"], row["orders_with_items"]),
        "review_score": _ratio(row["score_sum"], row["reviews"]),
        "late_share": _ratio(row["late_deliveries"], row["deliveries"]),
        "delivery_days_mean": _ratio(row["delivery_days"], row["deliveries"]),
    }


def _ratio(part: Any, whole: Any) -> Decimal | None:
    return rounded(Decimal(part or 0) / Decimal(whole), 6) if whole else None
