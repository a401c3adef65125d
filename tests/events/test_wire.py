"""Order events decoded to columns, adapted to rows, and written back."""

from __future__ import annotations

import polars as pl
import pytest

from keystone_nexus.contracts.catalog import table
from keystone_nexus.contracts.order_payments import TYPES as CONTRACT_PAYMENTS
from keystone_nexus.contracts.orders import STATUSES as CONTRACT_STATUSES
from keystone_nexus.wire.decode import broken_rules, decode, event_type
from keystone_nexus.wire.encode import encode
from keystone_nexus.wire.rows import EXTRA, row_counts, rows_of
from keystone_nexus.wire.stubs import order_event_pb2 as pb
from keystone_nexus.wire.vocabulary import PAYMENT_TYPES, SOURCES, STATUSES, TYPES
from tests.order_events import event, placed


def decoded(*events: pb.OrderEvent) -> pl.DataFrame:
    frame, broken = decode([one.SerializeToString() for one in events])
    assert not broken
    return frame.with_columns(event_type=event_type(), _offset=pl.col("_at"))


def test_the_vocabulary_is_that_of_the_contracts() -> None:
    assert list(STATUSES) == CONTRACT_STATUSES
    assert list(PAYMENT_TYPES) == CONTRACT_PAYMENTS
    assert pb.OrderStatus.keys()[1:] == [f"ORDER_STATUS_{name.upper()}" for name in STATUSES]
    assert pb.PaymentType.keys()[1:] == [f"PAYMENT_TYPE_{name.upper()}" for name in PAYMENT_TYPES]
    assert [f.name for f in pb.OrderEvent.DESCRIPTOR.oneofs_by_name["details"].fields] == list(TYPES)


@pytest.mark.parametrize("at", [0, 1, 5, 9])
@pytest.mark.parametrize("poison", [b"\x0a\x05ab", b"\xff" * 20, b"\x0a\x02\xff\xfe", None], ids=str)
def test_one_broken_message_is_found_among_many(at: int, poison: bytes | None) -> None:
    values: list[bytes | None] = [event("approved", f"o{n}", "2018-01-11").SerializeToString() for n in range(10)]
    values[at] = poison
    frame, broken = decode(values)
    assert broken == [at]
    assert frame["order_id"].to_list() == [f"o{n}" for n in range(10) if n != at]
    assert frame["_at"].to_list() == [n for n in range(10) if n != at]


def test_nothing_but_broken_messages_is_nothing() -> None:
    frame, broken = decode([b"\xff", None, b"\xff"])
    assert frame.height == 0
    assert broken == [0, 1, 2]
    assert decode([])[0].height == 0


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("event_id", "", "required:event_id"),
        ("event_id", "no uuid", "format:event_id"),
        ("order_id", " ", "required:order_id"),
        ("event_time", None, "required:event_time"),
        ("order_purchase_time", None, "required:order_purchase_time"),
        ("details", None, "domain:details"),
    ],
)
def test_what_the_lake_cannot_do_without_is_named(field: str, value: str | None, rule: str) -> None:
    broken = event("approved", "o1", "2018-01-11")
    if field == "details":
        broken.ClearField("approved")
    elif value is None:
        broken.ClearField(field)  # type: ignore[arg-type]
    else:
        setattr(broken, field, value)
    rules = decoded(event("shipped", "o1", "2018-01-12"), broken).select(broken_rules()).to_series().to_list()
    assert rules == [[], [rule]]


def test_a_time_beyond_the_calendar_is_no_time() -> None:
    broken = event("approved", "o1", "2018-01-11")
    broken.event_time.seconds = 10**15
    assert decoded(broken).select(broken_rules()).item().to_list() == ["type:event_time"]


def test_rows_have_the_columns_of_their_contracts() -> None:
    frame = decoded(placed("o1", items=[("p", "s", 1)]), event("payment", "o1", "2018-01-10"))
    for name in SOURCES:
        rows = rows_of(name, frame)
        assert set(rows.columns) == {*table(name).source_columns, *EXTRA}
        assert {rows.schema[c] for c in table(name).source_columns} == {pl.String()}


def test_an_event_sets_what_it_carries() -> None:
    frame = decoded(
        placed("o1", items=[("p1", "s1", 1234), ("p2", "s2", 5)]),
        event("delivered", "o1", "2018-01-20 08:00:00.750000"),
        event("payment", "o1", "2018-01-10", payment_sequential=2, payment_type=3, value_cents=-7),
        event("review", "o1", "2018-02-01", review_id="r", score=4),
        event("status_changed", "o1", "2018-02-02", status="unavailable"),
    )
    orders = rows_of("orders", frame).drop(EXTRA).rows(named=True)
    assert orders[0] == {
        "order_id": "o1",
        "customer_id": "c1",
        "order_status": "created",
        "order_purchase_timestamp": "2018-01-10 10:00:00",
        "order_approved_at": None,
        "order_delivered_carrier_date": None,
        "order_delivered_customer_date": None,
        "order_estimated_delivery_date": "2018-02-01 00:00:00",
    }
    assert {k: v for k, v in orders[1].items() if v is not None} == {
        "order_id": "o1",
        "order_status": "delivered",
        "order_purchase_timestamp": "2018-01-10 10:00:00",
        "order_delivered_customer_date": "2018-01-20 08:00:00",
    }
    assert orders[2]["order_status"] == "unavailable"
    items = rows_of("order_items", frame)
    assert items.select("order_item_id", "product_id", "price", "_part").rows() == [
        ("1", "p1", "12.34", 0),
        ("2", "p2", "0.05", 1),
    ]
    payment = rows_of("order_payments", frame).drop(EXTRA).rows()
    assert payment == [("o1", "2", "voucher", None, "-0.07")]
    assert rows_of("order_reviews", frame)["review_score"].to_list() == ["4"]
    assert rows_of("customers", frame)["customer_city"].to_list() == ["são paulo"]
    assert row_counts(frame) == {
        "orders": 3, "order_items": 2, "order_payments": 1, "order_reviews": 1, "customers": 1,
    }  # fmt: skip


def test_a_number_that_no_enum_has_is_kept_for_the_contract_to_reject() -> None:
    odd = event("payment", "o1", "2018-01-10", payment_sequential=1, payment_type=42, value_cents=1)
    assert rows_of("order_payments", decoded(odd))["payment_type"].to_list() == ["42"]


def test_columns_are_written_back_as_they_were() -> None:
    events = [placed("o1", items=[("p", "s", 1)]), placed("o2")]
    frame = decoded(*events)
    assert [pb.OrderEvent.FromString(value) for value in encode("placed", frame)] == events
    approved = [event("approved", "o1", "2018-01-11")]
    assert [pb.OrderEvent.FromString(value) for value in encode("approved", decoded(*approved))] == approved
