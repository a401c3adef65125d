"""Compares the published gold with silver, row by row: facts and dimensions with silver's tables, marts with the facts.

The SQL here is said again, apart from the models, of what can be said in a line or two: ids, money, states, dates. What
takes a model to say (allocations, stays, scores) is held by its sums and by dbt's own tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake import gold
from keystone_nexus.lake.gold_audit import opened, unlike_the_lake
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.sql import silver_view

if TYPE_CHECKING:
    import duckdb
    import polars as pl

DATE_ID = "cast(strftime({}, '%Y%m%d') as integer)"
DAYS = "date_diff('day', o.order_purchase_timestamp::date, o.order_delivered_customer_date::date)"
LATE = "o.order_delivered_customer_date::date > o.order_estimated_delivery_date::date"
PLACED = DATE_ID.format("o.order_purchase_timestamp")
PAID = "(select order_id, sum(payment_value) as paid from silver.order_payments group by 1)"
SOLD = "(select order_id, count(*) as n, sum(price) as price, sum(freight_value) as freight from silver.order_items group by 1)"
SAME: dict[str, tuple[str, str]] = {
    "fact_sales": (
        "order_id, order_item_id, customer_id, product_id, seller_id, date_id, order_status, price, freight_value, "
        "delivery_days, is_late",
        f"select i.order_id, i.order_item_id, o.customer_id, i.product_id, i.seller_id, {PLACED}, o.order_status, "
        f"i.price, i.freight_value, {DAYS}, {LATE} from silver.order_items as i join silver.orders as o using (order_id)",
    ),
    "fact_orders": (
        "order_id, date_id, order_status, items, price, freight_value, payment_value, delivery_days, is_late",
        f"select o.order_id, {PLACED}, o.order_status, coalesce(s.n, 0), coalesce(s.price, 0), coalesce(s.freight, 0), "
        f"coalesce(p.paid, 0), {DAYS}, {LATE} from silver.orders as o left join {SOLD} as s using (order_id) "
        f"left join {PAID} as p using (order_id)",
    ),
    "fact_reviews": (
        "review_id, order_id, review_date, review_score",
        "select review_id, order_id, review_creation_date::date, review_score from silver.order_reviews",
    ),
    "dim_product": (
        "product_id, category_name_pt",
        "select product_id, product_category_name from silver.products union all select 'unknown', null",
    ),
    "dim_seller": (
        "seller_id, seller_city, seller_state",
        "select seller_id, seller_city, seller_state from silver.sellers union all select 'unknown', null, null",
    ),
    "monthly_sales": (
        "month, orders, items, revenue, payment_value",
        "select date_trunc('month', d.date)::date, count(o.order_id), coalesce(sum(o.items), 0), "
        "coalesce(sum(o.price), 0), coalesce(sum(o.payment_value), 0) from gold.dim_date as d "
        "left join gold.fact_orders as o using (date_id) group by 1 having count(o.order_id) > 0",
    ),
    "daily_sales": (
        "date, orders, items, revenue",
        "select d.date, count(*), sum(o.items), sum(o.price) from gold.dim_date as d "
        "join gold.fact_orders as o using (date_id) group by 1",
    ),
    "state_performance": (
        "state, orders, items, revenue",
        "select coalesce(c.state, 'unknown'), count(*), sum(o.items), sum(o.price) from gold.fact_orders as o "
        "left join gold.dim_customer as c using (customer_key) group by 1",
    ),
    "product_performance": (
        "product_id, units, revenue",
        "select product_id, count(*), sum(price) from gold.fact_sales group by 1",
    ),
    "category_performance": (
        "category_name, units, revenue",
        "select p.category_name, count(*), sum(s.price) from gold.fact_sales as s "
        "join gold.dim_product as p using (product_key) group by 1",
    ),
    "seller_performance": (
        "seller_id, units, revenue",
        "select seller_id, count(*), sum(price) from gold.fact_sales group by 1",
    ),
    "payment_mix": (
        "payment_type, payments, payment_value",
        "select payment_type, count(*), sum(payment_value) from silver.order_payments group by 1",
    ),
    "customer_rfm": (
        "customer_unique_id, frequency, monetary",
        "select c.customer_unique_id, count(*), any_value(c.customer_lifetime_value) from gold.fact_orders as o "
        "join gold.dim_customer as c using (customer_key) where c.valid_from is not null group by 1",
    ),
}
"""Relation of gold -> its columns that are compared, and what they must be. A mart may have rows with 0 orders more."""
EMPTY_ROWS = ("monthly_sales", "daily_sales")
"""Marts that have a row for every month or day between the first and the last."""


def unlike_silver(lake: Lake, built: pl.DataFrame) -> Iterator[str]:
    """What of the published gold is not what silver gives. `built`: the newest builds; gold was built from them."""
    with opened(gold.gold_file(lake)) as connection:
        connection.execute("create schema memory.silver")
        for name in tables():
            connection.execute(silver_view(lake, name).replace("create view ", "create view memory.", 1))
        connection.execute("set search_path = 'built,memory'")
        for said in unlike_the_lake(connection, built):
            yield f"{said}: run `keystone run --all`"
        for name, (columns, expected) in SAME.items():
            yield from _difference(connection, name, columns, expected.replace("silver.", "memory.silver."))


def _difference(connection: duckdb.DuckDBPyConnection, name: str, columns: str, expected: str) -> Iterator[str]:
    some = " where orders > 0" if name in EMPTY_ROWS else ""
    there = f"select {columns} from gold.{name}{some}"
    rows, first = connection.execute(
        f"with there as ({there}), wanted({columns}) as ({expected}), "
        "more as (select * from there except all select * from wanted), "
        "less as (select * from wanted except all select * from there), "
        "odd as (select * from more union all select * from less) "
        f"select count(*), min({columns.partition(',')[0]}::varchar) from odd"
    ).fetchall()[0]
    if rows:
        yield f"gold.{name}: {rows:,} rows are not what silver gives (the first: {first}): run `keystone run --all`"
