"""Order events as rows of the contracts' tables: text, as a CSV would have brought them, with the event's order.

An event sets the columns that it carries and leaves the others null. Times lose what is below a second, as in the
source; the fold still sees the whole.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from keystone_nexus.wire.decode import MAX_ITEMS
from keystone_nexus.wire.vocabulary import PAYMENT_TYPES, SOURCES, STATUSES, TYPES


def rows_of(table: str, events: pl.DataFrame) -> pl.DataFrame:
    """The rows that decoded events (with `event_type`, `_offset`) make of a table.

    Columns: the table's source columns as text, `_offset`, `_part` (number of the row within its event),
    `_event_id`, `_event_time`, `_rank`.
    """
    wanted = events.filter(pl.col("event_type").is_in(SOURCES[table]))
    ranks = {name: rank for rank, name in enumerate(TYPES)}
    return _ADAPTERS[table](
        wanted.with_columns(
            _part=pl.lit(0, pl.UInt64),
            _event_id=pl.col("event_id").str.to_lowercase(),
            _event_time=pl.col("event_time"),
            _rank=pl.col("event_type").replace_strict(ranks, return_dtype=pl.UInt8),
        )
    )


EXTRA = ("_offset", "_part", "_event_id", "_event_time", "_rank")


def _orders(events: pl.DataFrame) -> pl.DataFrame:
    def when(kind: str) -> pl.Expr:
        return pl.when(pl.col("event_type") == kind).then(_time(pl.col("event_time")))

    return events.select(
        "order_id",
        *EXTRA,
        customer_id=pl.col("placed").struct.field("customer").struct.field("customer_id"),
        order_status=_name(pl.col("order_status"), STATUSES),
        order_purchase_timestamp=_time(pl.col("order_purchase_time")),
        order_approved_at=when("approved"),
        order_delivered_carrier_date=when("shipped"),
        order_delivered_customer_date=when("delivered"),
        order_estimated_delivery_date=_time(pl.col("placed").struct.field("estimated_delivery_time")),
    )


def _items(events: pl.DataFrame) -> pl.DataFrame:
    items = (
        events.select("order_id", *EXTRA, item=pl.col("placed").struct.field("items"))
        .filter(pl.col("item").list.len() > 0)
        .with_columns(_part=pl.int_ranges(pl.col("item").list.len(), dtype=pl.UInt64))
        .explode("item", "_part")
    )
    item = pl.col("item").struct
    return items.select(
        "order_id",
        *EXTRA,
        order_item_id=_number(item.field("order_item_id")),
        product_id=item.field("product_id"),
        seller_id=item.field("seller_id"),
        shipping_limit_date=_time(item.field("shipping_limit_time")),
        price=_money(item.field("price_cents")),
        freight_value=_money(item.field("freight_cents")),
    )


def _payments(events: pl.DataFrame) -> pl.DataFrame:
    payment = pl.col("payment").struct
    return events.select(
        "order_id",
        *EXTRA,
        payment_sequential=_number(payment.field("payment_sequential")),
        payment_type=_name(payment.field("payment_type"), PAYMENT_TYPES),
        payment_installments=payment.field("installments").cast(pl.String),
        payment_value=_money(payment.field("value_cents")),
    )


def _reviews(events: pl.DataFrame) -> pl.DataFrame:
    review = pl.col("review").struct
    return events.select(
        "order_id",
        *EXTRA,
        review_id=review.field("review_id"),
        review_score=_number(review.field("score")),
        review_comment_title=review.field("comment_title"),
        review_comment_message=review.field("comment_message"),
        review_creation_date=_time(review.field("creation_time")),
        review_answer_timestamp=_time(review.field("answer_time")),
    )


def _customers(events: pl.DataFrame) -> pl.DataFrame:
    customer = pl.col("placed").struct.field("customer").struct
    return events.select(
        *EXTRA,
        customer_id=customer.field("customer_id"),
        customer_unique_id=customer.field("customer_unique_id"),
        customer_zip_code_prefix=customer.field("zip_code_prefix"),
        customer_city=customer.field("city"),
        customer_state=customer.field("state"),
    )


_ADAPTERS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "orders": _orders,
    "order_items": _items,
    "order_payments": _payments,
    "order_reviews": _reviews,
    "customers": _customers,
}


def row_counts(events: pl.DataFrame) -> dict[str, int]:
    """Table -> rows that decoded events make of it."""
    kinds = dict(events.group_by("event_type").len().iter_rows())
    counts = {table: sum(kinds.get(kind, 0) for kind in sources) for table, sources in SOURCES.items()}
    counts["order_items"] = int(events["placed"].struct.field("items").list.len().sum())
    return counts


def part_bits() -> int:
    """Bits that the number of a row within its event needs."""
    return (MAX_ITEMS - 1).bit_length()


def _time(value: pl.Expr) -> pl.Expr:
    return value.dt.strftime("%Y-%m-%d %H:%M:%S")


def _number(value: pl.Expr) -> pl.Expr:
    """A required number: proto3 has no word for unset but zero."""
    return pl.when(value != 0).then(value.cast(pl.String))


def _money(cents: pl.Expr) -> pl.Expr:
    """Cents as the source writes money; exact."""
    sign = pl.when(cents < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    whole = cents.abs()
    return sign + (whole // 100).cast(pl.String) + "." + (whole % 100).cast(pl.String).str.zfill(2)


def _name(number: pl.Expr, names: tuple[str, ...]) -> pl.Expr:
    """The source's word for an enum's number; null for unspecified, the number itself for one that is unknown."""
    known = dict(enumerate(names, start=1))
    return pl.when(number != 0).then(number.replace_strict(known, default=number.cast(pl.String)))
