"""Gold against the lake's own counts: what a build of gold holds must be what silver's builds recorded.

dbt's tests compare gold with what dbt read of silver. Whatever makes dbt read less (an option, a setting, views over
nothing) makes them compare nothing with nothing. These counts come from elsewhere: from the records of what was built.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import duckdb

ROWS = {
    "fact_orders": ("orders", 0),
    "fact_sales": ("order_items", 0),
    "fact_reviews": ("order_reviews", 0),
    "dim_product": ("products", 1),
    "dim_seller": ("sellers", 1),
}
"""Relation of gold -> the table of silver whose rows it has, and its rows beside them (the unknown member)."""
SUMS = {
    "sum(price) from gold.fact_sales": ("order_items", "price"),
    "sum(freight_value) from gold.fact_sales": ("order_items", "freight_value"),
    "sum(payment_value) from gold.fact_orders": ("order_payments", "payment_value"),
    "sum(customer_lifetime_value) from gold.dim_customer where is_current": ("order_payments", "payment_value"),
    "sum(price) from gold.fact_orders": ("order_items", "price"),
}
"""What is summed in gold -> the table and column of silver that it is the sum of."""
MARTS = {
    "sum(orders) from gold.monthly_sales": "orders",
    "sum(orders) from gold.daily_sales": "orders",
    "sum(orders) from gold.state_performance": "orders",
    "sum(units) from gold.product_performance": "order_items",
    "sum(units) from gold.category_performance": "order_items",
    "sum(units) from gold.seller_performance": "order_items",
    "sum(items) from gold.regional_logistics": "order_items",
    "sum(payments) from gold.payment_mix": "order_payments",
}
"""What is counted in a mart -> the table of silver whose rows it counts. Marts of persons leave out the orders of
customers who are not built yet: dbt's own tests compare them with the facts."""


@contextmanager
def opened(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads a gold file, whose relations it knows as `gold.<name>` whatever the file is called."""
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{str(file).replace(chr(39), chr(39) * 2)}' as built (read_only)")
        connection.execute("use built")
        yield connection


def unlike_the_lake(connection: duckdb.DuckDBPyConnection, built: pl.DataFrame) -> list[str]:
    """What of a gold file is not what was built in silver, as sentences. `built`: the newest builds of all tables.

    The relations are asked for as `gold.<name>`.
    """
    rows, money = silver_rows(built), _silver_money(built)
    found = unlike_in_rows({name: _one(connection, f"count(*) from gold.{name}") for name in ROWS}, built)
    for what, (table, column) in SUMS.items():
        counted, expected = _one(connection, what), money.get((table, column), Decimal(0))
        if counted != expected:
            found.append(f"{what} is {counted:,}, {table}.{column} of silver is {expected:,}")
    for what, table in MARTS.items():
        counted = _one(connection, what)
        if counted != rows.get(table, 0):
            found.append(f"{what} is {counted:,}, silver has {rows.get(table, 0):,} rows of {table}")
    return found


def unlike_in_rows(rows: Mapping[str, Decimal | int], built: pl.DataFrame) -> list[str]:
    """The relations that have not the rows that they must have. `rows`: relation of gold -> its rows, where known."""
    silver = silver_rows(built)
    expected = {name: silver.get(table, 0) + more for name, (table, more) in ROWS.items()}
    return [
        f"gold.{name} has {rows[name]:,} rows, silver's builds recorded {wanted:,}"
        for name, wanted in expected.items()
        if name in rows and rows[name] != wanted
    ]


def silver_rows(built: pl.DataFrame) -> dict[str, int]:
    """Table -> the rows of silver that its builds recorded."""
    return dict(built.group_by("table").agg(pl.col("silver").sum()).iter_rows())


def _silver_money(built: pl.DataFrame) -> dict[tuple[str, str], Decimal]:
    total: dict[tuple[str, str], Decimal] = {}
    for table, text in built.select("table", "money").filter(pl.col("money") != "{}").iter_rows():
        for column, amount in json.loads(text).items():
            total[table, column] = total.get((table, column), Decimal(0)) + Decimal(amount)
    return total


def _one(connection: duckdb.DuckDBPyConnection, what: str) -> Decimal | int:
    return connection.execute(f"select {what}").fetchall()[0][0] or 0
