"""What the deck tells, as figures: one query for each, so that a slide can be checked against gold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from keystone_nexus.analytics.gold import Gold

TOTALS = """
select
    count(*) as orders,
    coalesce(sum(price), 0) as revenue,
    coalesce(sum(items), 0) as items,
    sum(price) * 1e0 / nullif(count(*) filter (where items > 0), 0) as average_order_value,
    count(*) filter (where order_status = 'delivered' and is_late is not null) as deliveries,
    count(*) filter (where order_status = 'delivered' and is_late) as late_deliveries,
    avg(delivery_days) filter (where order_status = 'delivered') as delivery_days_mean
from gold.fact_orders
"""
REVIEWS = "select count(*) as reviews, avg(review_score) as review_score from gold.fact_reviews"
PERSONS = "select count(*) as customers from gold.customer_rfm"
# An order may have several reviews and a review several orders: each pair counts once, as everywhere in gold.
BY_LATENESS = """
select
    case when fact_orders.is_late then 'late' else 'on time' end as delivery,
    count(*) as reviews,
    avg(fact_reviews.review_score) as review_score
from gold.fact_reviews
inner join gold.fact_orders on fact_reviews.order_id = fact_orders.order_id
where fact_orders.order_status = 'delivered' and fact_orders.is_late is not null
group by 1
order by 1 desc
"""
LATEST_STATES = """
select state, orders, late_share, delivery_days_mean
from gold.state_performance
where deliveries >= 100
order by late_share desc, state
limit 8
"""
TOP_CATEGORIES = """
select category_name, revenue, revenue_share, units
from gold.category_performance
order by revenue_rank
limit 8
"""


@dataclass(frozen=True, slots=True)
class Story:
    """Frames have the columns of their queries; a figure that gold cannot give is None."""

    totals: dict[str, Any]
    months: pl.DataFrame
    categories: pl.DataFrame
    lateness: pl.DataFrame
    states: pl.DataFrame
    cohorts: pl.DataFrame
    segments: pl.DataFrame

    @property
    def late_share(self) -> Decimal | None:
        deliveries = self.totals["deliveries"]
        return Decimal(self.totals["late_deliveries"]) / deliveries if deliveries else None

    @property
    def peak(self) -> dict[str, Any] | None:
        """The month with the most revenue."""
        best = self.months.filter(pl.col("revenue") > 0).sort("revenue", "month", descending=[True, False]).head(1)
        return best.row(0, named=True) if best.height else None

    @property
    def span(self) -> tuple[date | None, date | None]:
        months = self.months["month"]
        return (months.min(), months.max()) if months.len() else (None, None)  # type: ignore[return-value]

    def score(self, delivery: str) -> Decimal | None:
        """Mean review score of deliveries that came `late` or `on time`."""
        found = self.lateness.filter(pl.col("delivery") == delivery)
        return found["review_score"].item() if found.height else None

    def cohort(self, name: str) -> dict[str, Any] | None:
        found = self.cohorts.filter(pl.col("value_cohort") == name)
        return found.row(0, named=True) if found.height else None


def story_of(gold: Gold) -> Story:
    totals: dict[str, Any] = {}
    for sql in (TOTALS, REVIEWS, PERSONS):
        totals |= gold.frame(sql).row(0, named=True)
    return Story(
        totals,
        gold.frame("select month, orders, revenue, growth, is_partial from gold.monthly_sales order by month"),
        gold.frame(TOP_CATEGORIES),
        gold.frame(BY_LATENESS),
        gold.frame(LATEST_STATES),
        gold.frame("select * from gold.customer_value_cohorts order by value_cohort"),
        gold.frame(
            "select segment, count(*) as customers, sum(monetary) as payments from gold.customer_rfm "
            "group by segment order by payments desc, segment"
        ),
    )
