"""Random order events that share few orders, customers, products and sellers: as protobuf, and as the oracle reads
them (semantics.md, "Events")."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from keystone_nexus.wire.stubs import order_event_pb2 as pb
from tests.oracle import PAYMENT_TYPES, STATUSES, TYPES, Event, Row
from tests.small_drops import POOLS

OWN_STATUS = {"placed": "created", "approved": "approved", "shipped": "shipped", "delivered": "delivered"}
OWN_STATUS |= {"canceled": "canceled"}
MOVES_TO = {"approved": "order_approved_at", "shipped": "order_delivered_carrier_date"}
MOVES_TO |= {"delivered": "order_delivered_customer_date"}
ORDERS = ["o1", "o2", "o3", "o4"]
TIMES = ["2017-03-01 00:00:00", "2018-01-05 10:00:00", "2018-02-01 00:00:00", "2018-06-10 10:00:00"]
PLACED = ["2018-01-05 10:00:00", "2017-03-01 00:00:00", "2018-06-10 10:00:00"]
"""Days so far apart that no two of them are built in one range."""


@dataclass(frozen=True)
class Sent:
    """An event as a client sends it, and as the page says what it means."""

    message: bytes
    event: Event


def event_batch(random: Random, kinds: Sequence[str] = TYPES) -> list[Sent]:
    """Events that land together; now and then one of them again."""
    some = [random_event(random, kinds) for _ in range(random.choice([1, 1, 2, 3]))]
    return [*some, some[0]] if random.random() < 0.2 else some


def random_event(random: Random, kinds: Sequence[str]) -> Sent:
    kind = random.choice(kinds)
    order, at = random.choice(ORDERS), random.choice(TIMES)
    purchased = at if kind == "placed" and at in PLACED else random.choice(PLACED)
    status = OWN_STATUS.get(kind) or (random.choice(STATUSES) if kind == "status_changed" else None)
    more = DETAILS[kind](random) if kind in DETAILS else {}
    return sent(kind, order, at, purchased, status, more)


def sent(kind: str, order: str, at: str, purchased: str, status: str | None, more: dict[str, Any]) -> Sent:
    """An event of all that is given; its id is a function of it."""
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, repr((kind, order, at, purchased, status, more))))
    made = pb.OrderEvent(event_id=identity, order_id=order)
    made.event_time.FromDatetime(datetime.fromisoformat(at))
    made.order_purchase_time.FromDatetime(datetime.fromisoformat(purchased))
    rows: dict[str, list[Row]] = {}
    if status:
        made.order_status = STATUSES.index(status) + 1  # type: ignore[assignment]
        moved = {MOVES_TO[kind]: at} if kind in MOVES_TO else {}
        rows["orders"] = [{"order_id": order, "order_status": status, "order_purchase_timestamp": purchased} | moved]
    getattr(made, kind).SetInParent()
    if kind in FILLERS:
        FILLERS[kind](made, rows, more)
    return Sent(made.SerializeToString(), Event(kind, identity, at, rows))


def _place(made: pb.OrderEvent, rows: dict[str, list[Row]], more: dict[str, Any]) -> None:
    customer = made.placed.customer
    customer.customer_id, customer.customer_unique_id = more["customer"], more["person"]
    customer.zip_code_prefix, customer.state = more["zip"], more["state"]
    made.placed.estimated_delivery_time.FromDatetime(datetime(2018, 2, 1))
    rows["orders"][0] |= {
        "customer_id": more["customer"], "order_estimated_delivery_date": "2018-02-01 00:00:00",
    }  # fmt: skip
    rows["customers"] = [
        {
            "customer_id": more["customer"], "customer_unique_id": more["person"],
            "customer_zip_code_prefix": more["zip"], "customer_state": more["state"],
        }
    ]  # fmt: skip
    rows["order_items"] = []
    for number, product, seller, cents in more["items"]:
        made.placed.items.add(
            order_item_id=number, product_id=product, seller_id=seller, price_cents=cents, freight_cents=100
        )
        rows["order_items"].append(
            {
                "order_id": made.order_id, "order_item_id": str(number), "product_id": product, "seller_id": seller,
                "price": _money(cents), "freight_value": "1.00",
            }
        )  # fmt: skip


def _pay(made: pb.OrderEvent, rows: dict[str, list[Row]], more: dict[str, Any]) -> None:
    made.payment.payment_sequential, made.payment.payment_type = more["sequential"], more["type"]
    made.payment.value_cents = more["cents"]
    row = {
        "order_id": made.order_id, "payment_sequential": str(more["sequential"]), "payment_value": _money(more["cents"]),
    }  # fmt: skip
    rows["order_payments"] = [row | ({"payment_type": PAYMENT_TYPES[more["type"] - 1]} if more["type"] else {})]


def _review(made: pb.OrderEvent, rows: dict[str, list[Row]], more: dict[str, Any]) -> None:
    made.review.review_id, made.review.score = more["review"], more["score"]
    made.review.creation_time.FromDatetime(datetime.fromisoformat(more["created"]))
    row = {"review_id": more["review"], "order_id": made.order_id, "review_creation_date": more["created"]}
    rows["order_reviews"] = [row | ({"review_score": str(more["score"])} if more["score"] else {})]


FILLERS = {"placed": _place, "payment": _pay, "review": _review}


def _placement(random: Random) -> dict[str, Any]:
    numbers = random.sample([1, 2], random.randint(0, 2))
    return {
        "customer": random.choice(["c3", "c3", "c1"]),  # c3 is known by events alone
        "person": random.choice(["a person", "another"]),
        "zip": random.choice(["01310", "bad"]),
        "state": random.choice(["SP", "SP", "SP", "XX"]),
        "items": [
            (n, random.choice(["p1", "p2"]), random.choice(["s1", "s2"]), random.choice([1000, 0])) for n in numbers
        ],
    }


def _paid(random: Random) -> dict[str, Any]:
    return {
        "sequential": random.choice([1, 2]),
        "type": random.choice([1, 2, 0]),
        "cents": random.choice([1000, 0, -100]),
    }


def _reviewed(random: Random) -> dict[str, Any]:
    created = random.choice(POOLS["review_creation_date"])
    return {"review": random.choice(["r1", "r2"]), "score": random.choice([1, 5, 0, 6]), "created": created}


DETAILS: dict[str, Callable[[Random], dict[str, Any]]] = {"placed": _placement, "payment": _paid, "review": _reviewed}


def _money(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
