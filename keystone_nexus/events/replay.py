"""A source's orders as the events that they were (semantics.md, "Events").

What a row says of times becomes an event at that time; where the events of an order would not end in the status that
the source gives it, `status_changed` at its last known time says so. Event ids are UUIDv5 of type and key, so that a
second replay sends the same events.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from keystone_nexus.contracts.catalog import dated_tables, table
from keystone_nexus.lake import ledger
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.lake import Lake
from keystone_nexus.quality.rules import judge
from keystone_nexus.source.land import land
from keystone_nexus.transforms.resolve import SILVER, resolve
from keystone_nexus.wire.encode import encode
from keystone_nexus.wire.vocabulary import PAYMENT_TYPES, STATUSES, TYPES

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://keystone-nexus/order-events")
STEPS = {
    "approved": "order_approved_at",
    "shipped": "order_delivered_carrier_date",
    "delivered": "order_delivered_customer_date",
}
"""Event type -> the column that holds its time. The resulting status has the type's name."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Serialized events in order of their time, and the rows of the source that no event can say, by table."""

    events: list[bytes]
    left_out: dict[str, int]


def events_of(source: str, progress: Callable[[str], None] = lambda _: None) -> Replay:
    """Reads a source whole. Raises Refused as a landing of it would."""
    with tempfile.TemporaryDirectory(prefix="keystone-replay-") as folder:
        lake = Lake(Path(folder))
        lake.create()
        land(lake, source, progress)
        return _events(Bronze(lake, ledger.read(lake)))


def _events(bronze: Bronze) -> Replay:
    tables = {spec.name: _standing(bronze, spec.name) for spec in (*dated_tables(), table("customers"))}
    orders = tables["orders"].join(tables["customers"], on="customer_id", how="left")
    days = orders.select("order_id", "order_purchase_timestamp")
    items, payments, reviews = (
        tables[name].join(days, on="order_id") for name in ("order_items", "order_payments", "order_reviews")
    )
    frames = {
        "placed": _placed(orders, items),
        "payment": _payments(payments),
        **{kind: _step(orders, kind) for kind in STEPS},
        "status_changed": _changed(orders),
        "review": _reviews(reviews),
    }
    parts = [
        pl.DataFrame({"_event": encode(kind, frame), "_time": frame["event_time"], "_rank": TYPES.index(kind)})
        for kind, frame in frames.items()
        if frame.height
    ]
    ordered = pl.concat(parts).sort("_time", "_rank", maintain_order=True) if parts else pl.DataFrame({"_event": []})
    sent = {"orders": orders, "order_items": items, "order_payments": payments, "order_reviews": reviews}
    left_out = {name: bronze.rows(name) - frame.height for name, frame in sent.items()}
    return Replay(ordered["_event"].to_list(), {name: rows for name, rows in left_out.items() if rows})


def _standing(bronze: Bronze, name: str) -> pl.DataFrame:
    """The rows that break no rule of their own, the newest of each key; whether parents exist is silver's to say."""
    spec = table(name)
    rows = resolve(judge(spec, bronze.scan(name)).collect(), spec.key)
    return rows.filter(pl.col("_status") == SILVER).select(c.name for c in spec.columns)


def _common(rows: pl.DataFrame, kind: str, key: list[str], time: str, status: pl.Expr | None = None) -> pl.DataFrame:
    keys = rows.select(pl.concat_str(*(pl.col(name).cast(pl.String) for name in key), separator="/")).to_series()
    ids = [str(uuid.uuid5(NAMESPACE, f"{kind}:{one}")) for one in keys]
    return rows.with_columns(
        event_id=pl.Series(ids, dtype=pl.String),
        event_time=pl.col(time),
        order_purchase_time=pl.col("order_purchase_timestamp"),
        order_status=pl.lit(0, pl.Int32) if status is None else status,
    )


def _number(name: str) -> int:
    return STATUSES.index(name) + 1


def _placed(orders: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    item = pl.struct(
        pl.col("order_item_id").cast(pl.Int32),
        "product_id",
        "seller_id",
        shipping_limit_time=pl.col("shipping_limit_date"),
        price_cents=_cents("price"),
        freight_cents=_cents("freight_value"),
    )
    bought = items.sort("order_id", "order_item_id").group_by("order_id", maintain_order=True).agg(items=item)
    customer = pl.struct(
        "customer_id",
        pl.col("customer_unique_id").fill_null(""),
        zip_code_prefix=pl.col("customer_zip_code_prefix").fill_null(""),
        city=pl.col("customer_city"),
        state=pl.col("customer_state").fill_null(""),
    )
    placed = pl.struct(
        customer=customer,
        estimated_delivery_time=pl.col("order_estimated_delivery_date"),
        items=pl.col("items").fill_null([]),
    )
    rows = orders.join(bought, on="order_id", how="left")
    created = pl.lit(_number("created"), pl.Int32)
    return _common(rows, "placed", ["order_id"], "order_purchase_timestamp", created).with_columns(placed=placed)


def _payments(payments: pl.DataFrame) -> pl.DataFrame:
    kinds = {name: number for number, name in enumerate(PAYMENT_TYPES, start=1)}
    payment = pl.struct(
        pl.col("payment_sequential").cast(pl.Int32),
        payment_type=pl.col("payment_type").replace_strict(kinds, return_dtype=pl.Int32),
        installments=pl.col("payment_installments").cast(pl.Int32),
        value_cents=_cents("payment_value"),
    )
    key = ["order_id", "payment_sequential"]
    return _common(payments, "payment", key, "order_purchase_timestamp").with_columns(payment=payment)


def _reviews(reviews: pl.DataFrame) -> pl.DataFrame:
    review = pl.struct(
        "review_id",
        score=pl.col("review_score").cast(pl.Int32),
        comment_title=pl.col("review_comment_title"),
        comment_message=pl.col("review_comment_message"),
        creation_time=pl.col("review_creation_date"),
        answer_time=pl.col("review_answer_timestamp"),
    )
    answered = pl.coalesce("review_answer_timestamp", "review_creation_date")
    rows = reviews.with_columns(_answered=answered)
    return _common(rows, "review", ["review_id", "order_id"], "_answered").with_columns(review=review)


def _step(orders: pl.DataFrame, kind: str) -> pl.DataFrame:
    rows = orders.filter(pl.col(STEPS[kind]).is_not_null())
    return _common(rows, kind, ["order_id"], STEPS[kind], pl.lit(_number(kind), pl.Int32))


def _changed(orders: pl.DataFrame) -> pl.DataFrame:
    """Orders whose other events would not end in their status."""
    times = ["order_purchase_timestamp", *STEPS.values()]
    last = pl.max_horizontal(times)
    ends = pl.lit("created")
    for kind, column in STEPS.items():  # in order of rank: of events at one time the last one counts
        ends = pl.when(pl.col(column) == last).then(pl.lit(kind)).otherwise(ends)
    rows = orders.with_columns(_last=last).filter(pl.col("order_status") != ends)
    status = pl.col("order_status").replace_strict({n: _number(n) for n in STATUSES}, return_dtype=pl.Int32)
    return _common(rows, "status_changed", ["order_id"], "_last", status)


def _cents(column: str) -> pl.Expr:
    return (pl.col(column) * 100).cast(pl.Int64)
