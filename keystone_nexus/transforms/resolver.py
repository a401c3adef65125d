"""Resolves the tables of bronze: which rows are silver, which are quarantined, on which day, and why.

Everything about an order (its items, payments and reviews too) depends only on rows with its order id and on
whether its customer, products and sellers exist. So any part of bronze can be resolved alone, given the ids of the
orders in it: that is what makes one day's rebuild cheap, and equal to the whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from keystone_nexus.contracts.catalog import Table, table
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.lock import FIRST_DAY
from keystone_nexus.quality.rules import bit, judge
from keystone_nexus.transforms.resolve import QUARANTINED, SILVER, SUPERSEDED, resolve


@dataclass(frozen=True, slots=True)
class Resolved:
    """A dated table, or a part of it, by outcome.

    `silver`: the contract's columns, `_version`, `_day`, `order_day` (of the order's purchase).
    `rejected`: `_version`, `_mask` (broken rules), `_day` (null where none can be known).
    `superseded`: `_day`, one row each.
    """

    silver: pl.DataFrame
    rejected: pl.DataFrame
    superseded: pl.DataFrame


class Resolver:
    """Resolves dated tables as of a ledger position, all of them or those of some orders.

    Parents are looked up in all of bronze (never in silver), once per resolver.
    """

    def __init__(self, bronze: Bronze, orders: pl.Series | None = None) -> None:
        """`orders` limits the rows to those with these order ids and those without one; None is all."""
        self._bronze = bronze
        self._orders = orders
        self._valid: dict[str, pl.Series] = {}
        self._resolved_orders: Resolved | None = None
        self._undated_rows: dict[str, int] = {}

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self._orders is None

    def table(self, name: str) -> Resolved:
        resolved = self.orders() if name == "orders" else self._child(table(name))
        frames = (resolved.silver, resolved.rejected, resolved.superseded)
        self._undated_rows[name] = sum(frame["_day"].null_count() for frame in frames)
        return resolved

    def undated_rows(self, name: str) -> int:
        """How many rows of a table have no day; remembered from when it was resolved."""
        if name not in self._undated_rows:
            self.table(name)
        return self._undated_rows[name]

    def orders(self) -> Resolved:
        """Orders with their own day; kept, for every child asks for it."""
        if self._resolved_orders is None:
            spec = table("orders")
            judged = self._judge(spec)
            judged = self._check_parents(spec, judged, known={})
            day = own_day(spec)
            self._resolved_orders = _by_outcome(
                spec,
                resolve(
                    judged.with_columns(_day=day, order_day=pl.col("order_purchase_timestamp").dt.date()), spec.key
                ),
            )
        return self._resolved_orders

    def order_days(self) -> pl.DataFrame:
        """`order_id`, `order_day` of every valid order."""
        return self.orders().silver.select("order_id", "order_day")

    def _child(self, spec: Table) -> Resolved:
        judged = self._judge(spec).join(self.order_days(), on="order_id", how="left")
        judged = self._check_parents(spec, judged, known={"order_id": pl.col("order_day").is_not_null()})
        day = own_day(spec) if spec.own_day else pl.col("order_day")
        return _by_outcome(spec, resolve(judged.with_columns(_day=day), spec.key))

    def _judge(self, spec: Table) -> pl.DataFrame:
        return judge(spec, self._wanted(self._bronze.scan(spec.name))).collect()

    def _wanted(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows of the wanted orders, and those of no order, of which there are few."""
        if self._orders is None:
            return rows
        order_id = pl.col("order_id").str.strip_chars()
        return rows.filter(order_id.is_in(self._orders.implode()) | order_id.is_null() | (order_id == ""))

    def _check_parents(self, spec: Table, judged: pl.DataFrame, known: dict[str, pl.Expr]) -> pl.DataFrame:
        """Adds the foreign-key bits. `known` gives, for some columns, an expression that says the parent exists."""
        mask = pl.col("_mask")
        for column, parent in spec.foreign_keys.items():
            exists = known.get(column)
            if exists is None:
                exists = pl.col(column).is_in(self.valid_keys(parent, judged[column]).implode())
            orphan = pl.col(column).is_not_null() & ~exists
            mask = mask + pl.when(orphan).then(pl.lit(bit(spec, f"foreign_key:{column}"), dtype=pl.UInt64)).otherwise(0)
        return judged.with_columns(_mask=mask)

    def valid_keys(self, parent: str, asked: pl.Series) -> pl.Series:
        """The keys of an undated parent that some valid version has; only those asked for where rows are limited."""
        if parent not in self._valid:
            spec = table(parent)
            key = spec.column(spec.key[0])
            rows = self._bronze.scan(parent)
            if self._orders is not None:
                rows = rows.filter(pl.col(key.source).str.strip_chars().is_in(asked.unique().implode()))
            judged = judge(spec, rows)
            self._valid[parent] = judged.filter(pl.col("_mask") == 0).select(key.name).unique().collect().to_series()
        return self._valid[parent]


def own_day(spec: Table) -> pl.Expr:
    """A row's own day, null where it is not readable or not one that a partition can have."""
    assert spec.own_day is not None
    day = pl.col(spec.own_day).dt.date()
    return pl.when(day.is_between(FIRST_DAY, pl.col("_arrived") + timedelta(days=1))).then(day)


def _by_outcome(spec: Table, rows: pl.DataFrame) -> Resolved:
    silver = rows.filter(pl.col("_status") == SILVER)
    rejected = rows.filter(pl.col("_status") == QUARANTINED).select("_version", "_mask", "_day")
    superseded = rows.filter(pl.col("_status") == SUPERSEDED)
    if superseded.height:
        # A superseded row counts on the day of the row that won.
        days = silver.select(pl.col("_version").alias("_winner"), pl.col("_day").alias("_won_on"))
        superseded = superseded.join(days, on="_winner", how="left").select(_day=pl.col("_won_on"))
    else:
        superseded = superseded.select("_day")
    columns = [c.name for c in spec.columns]
    return Resolved(silver.select(*columns, "_version", "_day", "order_day"), rejected, superseded)


def orders_of_days(bronze: Bronze, days: Iterable[date]) -> pl.Series:
    """Ids of all orders of which some version was placed, or some review made, on these days."""
    wanted = pl.Series([str(day) for day in days], dtype=pl.String).implode()
    found: list[pl.LazyFrame] = []
    for name in ("orders", "order_reviews"):
        column = table(name).own_day
        assert column is not None
        day = pl.col(column).str.strip_chars().str.slice(0, 10)
        rows = bronze.scan(name, ("order_id", column)).filter(day.is_in(wanted))
        found.append(rows.select(pl.col("order_id").str.strip_chars()))
    return pl.concat(found).unique().collect().to_series()


def days_between(first: date, last: date) -> list[date]:
    """All days from the first to the last, both included."""
    return [first + timedelta(n) for n in range((last - first).days + 1)]
