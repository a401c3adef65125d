"""Resolves the tables of bronze: which rows are silver, which are quarantined, on which day, and why.

Everything about an order (its items, payments and reviews too) depends only on rows with its order id and on
whether its customer, products and sellers exist. So any part of bronze can be resolved alone, given the ids of the
orders in it: that is what makes one day's rebuild cheap, and equal to the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from keystone_nexus.contracts.catalog import Table, table
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.lock import FIRST_DAY
from keystone_nexus.quality.rules import bit, judge
from keystone_nexus.transforms.fold import Folded, fold, versions
from keystone_nexus.transforms.resolve import QUARANTINED, SILVER, SUPERSEDED, resolve


@dataclass(frozen=True, slots=True)
class Resolved:
    """A dated table, or a part of it, by outcome.

    `silver`: the contract's columns, `_version`, `_day`, `order_day` (of the order's purchase).
    `rejected`: `_version`, `_mask` (broken rules), `_day` (null where none can be known).
    `superseded`: `_day`, one row each.
    `folds`: the folds of events as raw rows (`transforms.fold`), None where the table has no events.
    """

    silver: pl.DataFrame
    rejected: pl.DataFrame
    superseded: pl.DataFrame
    folds: pl.DataFrame | None = None

    def where(self, condition: pl.Expr) -> Resolved:
        """Only the rows of some days."""
        silver, rejected, superseded = (f.filter(condition) for f in (self.silver, self.rejected, self.superseded))
        return Resolved(silver, rejected, superseded, self.folds)


class Resolver:
    """Resolves dated tables as of a ledger position, all of them or those of some orders.

    Parents are looked up in all of bronze (never in silver), once per resolver.
    """

    def __init__(self, bronze: Bronze, orders: pl.Series | None = None) -> None:
        """`orders` limits the rows to those with these order ids and those without one; None is all."""
        self._bronze = bronze
        self._orders = orders
        self._valid: dict[str, pl.Series] = {}
        self._asked: dict[str, pl.Series] = {}
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
            order_day = pl.col("order_purchase_timestamp").dt.date()
            self._resolved_orders = self._resolve(
                spec,
                lambda rows: self._check_parents(spec, rows, known={}).with_columns(
                    _day=own_day(spec), order_day=order_day
                ),
            )
        return self._resolved_orders

    def order_days(self) -> pl.DataFrame:
        """`order_id`, `order_day` of every valid order."""
        return self.orders().silver.select("order_id", "order_day")

    def _child(self, spec: Table) -> Resolved:
        day = own_day(spec) if spec.own_day else pl.col("order_day")
        known = {"order_id": pl.col("order_day").is_not_null()}

        def complete(rows: pl.DataFrame) -> pl.DataFrame:
            rows = rows.join(self.order_days(), on="order_id", how="left")
            return self._check_parents(spec, rows, known).with_columns(_day=day)

        return self._resolve(spec, complete)

    def _resolve(self, spec: Table, complete: Callable[[pl.DataFrame], pl.DataFrame]) -> Resolved:
        """`complete` adds to judged rows the foreign-key bits, `_day` and `order_day`."""
        judged = complete(judge(spec, self._wanted(self._bronze.scan(spec.name))).collect())
        if not self._bronze.has_events(spec.name):
            return _by_outcome(spec, resolve(judged, spec.key))
        folded = fold(spec, self._bronze, judged, self._bronze.events(spec.name, self._orders))
        folds = complete(judge(spec, folded.texts.lazy()).collect())
        resolved = _by_outcome(spec, resolve(pl.concat([judged, folds]), spec.key))
        return with_absorbed(spec, resolved, folds, folded)

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
        if self._orders is None:
            if parent not in self._valid:
                self._valid[parent] = valid_keys(self._bronze, table(parent))
            return self._valid[parent]
        known = self._asked.get(parent, asked.clear())
        if parent not in self._valid or not asked.is_in(known.implode()).all():
            # Rows of files ask first, then those of events: the second question may name others.
            self._asked[parent] = pl.concat([known, asked]).unique()
            self._valid[parent] = valid_keys(self._bronze, table(parent), self._asked[parent])
        return self._valid[parent]


def valid_keys(bronze: Bronze, spec: Table, wanted: pl.Series | None = None) -> pl.Series:
    """The keys of an undated table that some valid version has, of all or of those wanted."""
    key = spec.column(spec.key[0])

    def of_wanted(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows if wanted is None else rows.filter(pl.col(key.source).str.strip_chars().is_in(wanted.implode()))

    if bronze.has_events(spec.name):
        judged = versions(spec, bronze, of_wanted)[0].lazy()
    else:
        judged = judge(spec, of_wanted(bronze.scan(spec.name)))
    return judged.filter(pl.col("_mask") == 0).select(key.name).unique().collect().to_series()


def with_absorbed(spec: Table, resolved: Resolved, folds: pl.DataFrame, folded: Folded) -> Resolved:
    """The event rows that are no version of their own are superseded, on the day of the row that stands for their key:
    silver's, else the rejected fold's."""
    stands = pl.concat(
        [resolved.silver.select(*spec.key, "_day"), folds.select(*spec.key, "_day")], how="vertical"
    ).unique(list(spec.key), keep="first", maintain_order=True)
    absorbed = folded.absorbed.join(stands, on=list(spec.key), how="left", nulls_equal=True).select("_day")
    superseded = pl.concat([resolved.superseded, absorbed])
    return Resolved(resolved.silver, resolved.rejected, superseded, folded.texts)


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
        rows = bronze.every(name, ("order_id", column)).filter(day.is_in(wanted))
        found.append(rows.select(pl.col("order_id").str.strip_chars()))
    return pl.concat(found).unique().collect().to_series()


def days_between(first: date, last: date) -> list[date]:
    """All days from the first to the last, both included."""
    return [first + timedelta(n) for n in range((last - first).days + 1)]
