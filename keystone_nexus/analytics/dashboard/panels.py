"""The parts of the page: each a chart and a table of the same rows, with the filters that it obeys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import polars as pl

from keystone_nexus.analytics.dashboard.figures import Column, exact
from keystone_nexus.analytics.gold import Gold

Row = dict[str, Any]

REVENUE = Column("revenue", "Revenue [R$]", "money", drawn=True)
ORDERS = Column("orders", "Orders", "count")
ITEMS = Column("items", "Items", "count")
ORDER_VALUE = Column("average_order_value", "Average order value [R$]", "money")
DELIVERIES = Column("deliveries", "Deliveries", "count")
LATE = Column("late_share", "Late share", "share", drawn=True)
DAYS = Column("delivery_days_mean", "Mean days to delivery", "tenths")
MEDIAN = Column("delivery_days_median", "Median days", "count")
P90 = Column("delivery_days_p90", "Nine of ten within [days]", "count")
REVIEWS = Column("reviews", "Reviews", "count")
SCORE = Column("review_score", "Review score", "number")
PERSONS = Column("customers", "Customers", "count", drawn=True)
PAYMENTS = Column("payment_value", "Payments [R$]", "money", drawn=True)
LATE_MEANS = "Late: delivered on a later date than estimated."


@dataclass(frozen=True, slots=True)
class Panel:
    """`source` is the dimension of the cube by which the page sums its rows, empty where gold's rows stand as they are.

    `obeys` names the filters that change it; under any other it says that it is not available. `draw` is how the page
    draws: as `columns` or `lines` over months, `days`, `bars`, a `map` or a `heat` map. The first column is the key of a row.
    """

    name: str
    title: str
    note: str
    empty: str
    sql: str
    columns: tuple[Column, ...]
    draw: str
    measures: tuple[str, ...]
    source: str = ""
    obeys: tuple[str, ...] = ()
    wide: bool = False
    tall: bool = False
    """Two others stand beside it."""
    scope: str = ""
    limit: int = 0
    order: str = ""
    """The figure by which the page sorts rows that it sums itself, highest first; then by key."""
    needs: str = ""
    """The figure that such a row must have to be shown."""
    steady: str = ""
    """The figure of which a row must have 30 to be drawn, unless none has: a mean of a few is chance."""
    fixed: tuple[str, ...] = field(default=())
    """Columns that no filter can change: shown where none is set, else not available."""

    @property
    def key(self) -> Column:
        return self.columns[0]

    def rows(self, gold: Gold) -> dict[str, list[Row]]:
        """Rows by what they are of: "" with no filter, and a state where the panel has rows of its own for each."""
        frame = gold.frame(self.sql)
        if not self.scope:
            return {"": _rows(frame, self.limit)}
        parts = frame.partition_by(self.scope, maintain_order=True)
        return {"": []} | {str(part[self.scope][0] or ""): _rows(part, self.limit) for part in parts}


def _rows(frame: pl.DataFrame, limit: int) -> list[Row]:
    return list((frame.head(limit) if limit else frame).iter_rows(named=True))


EVERY = ("period", "state", "category")
PANELS = (
    Panel(
        "monthly",
        "Revenue and orders by month",
        "A month of which the data holds a part is hatched.",
        "No orders in this period.",
        "select * from gold.monthly_sales order by month",
        (Column("month", "Month", "month"), REVENUE, ORDERS, ITEMS, ORDER_VALUE),
        "columns",
        ("revenue", "orders"),
        source="month",
        obeys=EVERY,
    ),
    Panel(
        "service",
        "Delivery and reviews by month of purchase",
        f"{LATE_MEANS} Months with fewer than 30 of them stand in the table only.",
        "No deliveries and no reviews in this period.",
        "select * from gold.monthly_sales order by month",
        (Column("month", "Month", "month"), LATE, DAYS, SCORE, DELIVERIES, REVIEWS),
        "lines",
        ("late_share", "delivery_days_mean", "review_score"),
        source="month",
        obeys=EVERY,
    ),
    Panel(
        "daily",
        "Revenue by day",
        "Choose a short period to see its days apart.",
        "No orders in this period.",
        "select * from gold.daily_sales order by date",
        (Column("date", "Day", "day"), REVENUE, ORDERS),
        "days",
        ("revenue",),
        obeys=("period",),
        wide=True,
    ),
    Panel(
        "categories",
        "Categories by revenue",
        "The 15 largest are drawn, the table has all. An order with items of several categories counts for each, "
        "so orders do not add up over categories.",
        "No sales in this period.",
        "select *, units as items from gold.category_performance order by revenue_rank",
        (Column("category_name", "Category", "name"), REVENUE, ITEMS, ORDERS, SCORE),
        "bars",
        ("revenue", "items"),
        source="category",
        order="revenue",
        needs="orders",
        obeys=EVERY,
        tall=True,
    ),
    Panel(
        "payments",
        "How customers pay",
        "An order may be paid in several ways.",
        "No payments.",
        "select * from gold.payment_mix order by payment_value desc, payment_type",
        (
            Column("payment_type", "Payment", "name"),
            PAYMENTS,
            Column("payments", "Payments", "count"),
            Column("payment_share", "Part of all", "share"),
            Column("installments_mean", "Mean instalments", "number"),
        ),
        "bars",
        ("payment_value", "payments"),
    ),
    Panel(
        "value",
        "High-value customers against the others",
        "High value: the fifth of persons who paid most.",
        "No customers.",
        "select * from gold.customer_value_cohorts order by value_cohort",
        (
            Column("value_cohort", "Value", "name"),
            PAYMENTS,
            PERSONS,
            ORDER_VALUE,
            LATE,
            SCORE,
        ),
        "bars",
        ("payment_value", "customers"),
    ),
    Panel(
        "states",
        "States of the customers",
        "Shaded from the least to the most; hatched: none.",
        "No orders in this period.",
        "select * from gold.state_performance order by revenue desc, state",
        (Column("state", "State", "id"), REVENUE, ORDERS, PERSONS, ORDER_VALUE, LATE, DAYS, SCORE),
        "map",
        ("revenue", "orders", "customers", "average_order_value", "late_share", "delivery_days_mean", "review_score"),
        source="state",
        order="revenue",
        needs="orders",
        obeys=EVERY,
        wide=True,
    ),
    Panel(
        "delivery",
        "Late deliveries and days to delivery, by the customer's state",
        f"{LATE_MEANS} States with fewer than 30 deliveries stand in the table only. Median and nine of ten are known for the whole data only.",
        "No deliveries in this period.",
        "select * from gold.state_performance where deliveries > 0 order by late_share desc, state",
        (Column("state", "State", "id"), LATE, DAYS, DELIVERIES, MEDIAN, P90),
        "bars",
        ("late_share", "delivery_days_mean"),
        source="state",
        order="late_share",
        needs="deliveries",
        steady="deliveries",
        obeys=EVERY,
        fixed=("delivery_days_median", "delivery_days_p90"),
    ),
    Panel(
        "routes",
        "The 15 busiest routes",
        f"Seller's state → customer's state. {LATE_MEANS} Those with fewer than 30 deliveries stand in the table only.",
        "No deliveries on any route.",
        """
        with routes as (
            select *, seller_state || ' → ' || state as route from gold.regional_logistics where deliveries > 0
        )
        select *, cast(null as varchar) as scope from routes
        union all select *, state as scope from routes
        order by scope nulls first, deliveries desc, route
        """,
        (
            Column("route", "Route", "id"),
            LATE,
            DAYS,
            DELIVERIES,
            MEDIAN,
            P90,
            Column("distance_km", "Distance [km]", "tenths"),
        ),
        "bars",
        ("late_share", "delivery_days_mean"),
        obeys=("state",),
        steady="deliveries",
        scope="scope",
        limit=15,
    ),
    Panel(
        "segments",
        "Customers by recency, frequency and value",
        "Champions, loyal and at risk ordered more than once; all others once. State: where the person lives now.",
        "No customers.",
        """
        select
            case when grouping(state) = 1 then null else state end as scope,
            segment,
            count(*) as customers,
            cast(sum(monetary) as decimal(18, 2)) as payment_value
        from gold.customer_rfm group by grouping sets ((segment), (state, segment))
        order by scope nulls first, payment_value desc, segment
        """,
        (Column("segment", "Segment", "name"), PAYMENTS, PERSONS),
        "bars",
        ("payment_value", "customers"),
        obeys=("state",),
        scope="scope",
        wide=True,
    ),
    Panel(
        "cohorts",
        "Who comes back",
        "Part of a month's new customers who ordered again, by months since their first order; "
        "not shaded: fewer than 30 persons.",
        "No month after a first order in this period.",
        """
        select
            cohort_month as month,
            max(customers) as customers,
            {months}
        from gold.customer_cohorts where customers > 0 group by cohort_month having max(months_since) > 0
        order by cohort_month
        """.replace(
            "{months}",
            ", ".join(f"max(case when months_since = {n} then retention end) as after_{n}" for n in range(1, 13)),
        ),
        (
            Column("month", "First order", "month"),
            Column("customers", "New customers", "count"),
            *(Column(f"after_{n}", f"After {n}", "share") for n in range(1, 13)),
        ),
        "heat",
        tuple(f"after_{n}" for n in range(1, 13)),
        obeys=("period",),
        wide=True,
    ),
    Panel(
        "products",
        "The 15 products with the highest revenue",
        "Products have no names in the data: the first characters of their ids and their category.",
        "No sales.",
        """
        select *, substr(product_id, 1, 6) || '… ' || replace(category_name, '_', ' ') as product
        from gold.product_performance order by revenue_rank limit 15
        """,
        (
            Column("product", "Product", "id"),
            Column("product_id", "Id", "id"),
            REVENUE,
            Column("units", "Units", "count"),
            SCORE,
        ),
        "bars",
        ("revenue", "units"),
    ),
    Panel(
        "sellers",
        "The 15 sellers with the highest revenue",
        f"Sellers have no names in the data: the first characters of their ids and their state. {LATE_MEANS}",
        "No sales.",
        """
        select *, substr(seller_id, 1, 6) || '… ' || seller_state as seller
        from gold.seller_performance order by revenue_rank limit 15
        """,
        (
            Column("seller", "Seller", "id"),
            REVENUE,
            Column("units", "Units", "count"),
            LATE,
            SCORE,
        ),
        "bars",
        ("revenue", "late_share"),
    ),
)


def spec(panel: Panel, rows: dict[str, list[Row]]) -> dict[str, Any]:
    """As the page's script knows it. Rows that it can sum itself are not repeated, but for figures it cannot sum."""
    if not panel.source:
        kept = {scope: _exact(found, panel.columns) for scope, found in rows.items()}
    else:
        fixed = [c for c in panel.columns if c.name in panel.fixed]
        kept = {"": _exact(rows[""], (panel.key, *fixed))} if fixed else {}
    return {
        "name": panel.name,
        "title": panel.title,
        "empty": panel.empty,
        "columns": [{"name": c.name, "label": c.label, "kind": c.kind, "drawn": c.drawn} for c in panel.columns],
        "draw": panel.draw,
        "measures": panel.measures,
        "source": panel.source,
        "obeys": panel.obeys,
        "order": panel.order,
        "needs": panel.needs,
        "steady": panel.steady,
        "scoped": bool(panel.scope),
        "fixed": panel.fixed,
        "rows": kept,
    }


def _exact(rows: Iterable[Row], columns: Iterable[Column]) -> list[dict[str, str]]:
    return [{c.name: exact(row[c.name]) for c in columns} for row in rows]


def highest(rows: list[Row], column: Column) -> Decimal:
    return max((Decimal(str(row[column.name])) for row in rows if row[column.name] is not None), default=Decimal(0))
