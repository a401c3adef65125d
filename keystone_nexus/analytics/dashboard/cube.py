"""What the page sums when it filters: additive measures by category, state and month.

A month, state or category of an order is one, but for its categories: an order with items of two counts for each. So
the level of all categories is in the cube by itself, as category 0, and orders add up over months and states within any
one category. Persons add up over nothing. They are counted by the month of an order and the month of the person's order
before it: the persons of a period are those rows whose month lies in it and whose month before does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from keystone_nexus.analytics.gold import Gold

_ORDERS = """
with review_sums as (
    select order_id, count(*) as reviews, sum(review_score) as score from gold.fact_reviews group by order_id
),
orders as (
    select
        orders.order_id,
        days.year * 100 + days.month as month,
        coalesce(customers.state, 'unknown') as state,
        -- The unknown member, which alone has no purchase of its own, is no person.
        case when customers.valid_from is not null then customers.customer_unique_id end as customer_unique_id,
        orders.items,
        cast(orders.price * 100 as bigint) as cents,
        case when orders.order_status = 'delivered' and orders.delivery_days is not null then 1 else 0 end as deliveries,
        case when orders.order_status = 'delivered' and orders.is_late then 1 else 0 end as late,
        case when orders.order_status = 'delivered' then coalesce(orders.delivery_days, 0) else 0 end as days,
        coalesce(review_sums.reviews, 0) as reviews,
        coalesce(review_sums.score, 0) as score
    from gold.fact_orders as orders
    inner join gold.dim_date as days on orders.date_id = days.date_id
    inner join gold.dim_customer as customers on orders.customer_key = customers.customer_key
    left join review_sums on orders.order_id = review_sums.order_id
),
order_categories as (
    select
        sales.order_id,
        products.category_name as category,
        count(*) as items,
        cast(sum(sales.price) * 100 as bigint) as cents
    from gold.fact_sales as sales
    inner join gold.dim_product as products on sales.product_key = products.product_key
    group by sales.order_id, products.category_name
)
"""
MEASURES = ("orders", "bare", "items", "cents", "deliveries", "late", "days", "reviews", "score")
"""`bare` are the orders without an item, `cents` is revenue, `days` and `score` are sums."""

_SUMS = """
    count(*) as orders, sum(case when {of}.items = 0 then 1 else 0 end) as bare, sum({of}.items) as items,
    sum({of}.cents) as cents, sum(orders.deliveries) as deliveries, sum(orders.late) as late,
    sum(orders.days) as days, sum(orders.reviews) as reviews, sum(orders.score) as score
"""
CELLS = f"""
{_ORDERS}
select cast(null as varchar) as category, state, month, {_SUMS.format(of="orders")}
from orders group by state, month
union all
select category, state, month, {_SUMS.format(of="order_categories")}
from orders inner join order_categories on orders.order_id = order_categories.order_id group by category, state, month
"""
PERSONS = f"""
{_ORDERS},
active as (
    select null as category, null as state, month, customer_unique_id as person from orders
    union
    select null, state, month, customer_unique_id from orders
    union
    select category, null, month, customer_unique_id
    from orders inner join order_categories on orders.order_id = order_categories.order_id
    union
    select category, state, month, customer_unique_id
    from orders inner join order_categories on orders.order_id = order_categories.order_id
),
following as (
    select category, state, month, lag(month) over (partition by category, state, person order by month) as before
    from active where person is not null
)
select category, state, month, before, count(*) as persons from following group by category, state, month, before
"""


def cube(gold: Gold) -> dict[str, Any]:
    """As the page holds it: dictionaries of the dimensions, and columns whose rows are sorted by a key.

    The key of a cell is (category, state, month) as one number; written is its distance from the row before.
    """
    months = gold.frame("select month, is_partial from gold.monthly_sales order by month")
    cells, persons = gold.frame(CELLS), gold.frame(PERSONS)
    categories = sorted(set(cells["category"].drop_nulls()))
    states = sorted(set(cells["state"]))
    places = {one.year * 100 + one.month: n for n, one in enumerate(months["month"])}
    key = _key(categories, states, places)
    cells = cells.with_columns(key=key).sort("key")
    before = pl.col("before").replace_strict(places, default=-1, return_dtype=pl.Int64) + 1
    persons = persons.with_columns(key=key, before=before).sort("key", "before")
    return {
        "months": [f"{one:%Y-%m}" for one in months["month"]],
        "partial": [n for n, flag in enumerate(months["is_partial"]) if flag],
        "states": states,
        "categories": categories,
        "cells": {"key": _steps(cells["key"])} | {name: _whole(cells[name]) for name in MEASURES},
        "persons": {
            "key": _steps(persons["key"]),
            "before": _whole(persons["before"]),
            "persons": _whole(persons["persons"]),
        },
    }


def _key(categories: list[str], states: list[str], months: dict[int, int]) -> pl.Expr:
    """0 is all of a dimension, 1 its first member; months have no all."""
    category = _place("category", categories)
    state = _place("state", states)
    month = pl.col("month").replace_strict(months, return_dtype=pl.Int64)
    return (category * (len(states) + 1) + state) * max(len(months), 1) + month


def _place(column: str, members: list[str]) -> pl.Expr:
    numbers = {member: n for n, member in enumerate(members, 1)}
    return pl.col(column).cast(pl.String).replace_strict(numbers, default=0, return_dtype=pl.Int64)


def _steps(keys: pl.Series) -> list[int]:
    return _whole(keys.diff().fill_null(keys.first() if len(keys) else 0))


def _whole(values: Iterable[Any]) -> list[int]:
    return [int(value) for value in values]
