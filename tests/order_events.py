"""Order events as a client would write them, and a Kafka inside the test's process to hold them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from confluent_kafka import Producer

from keystone_nexus.wire.schema import HEADER, own_schema_id
from keystone_nexus.wire.stubs import order_event_pb2 as pb
from keystone_nexus.wire.vocabulary import STATUSES

TOPIC = "keystone.order-events.v1"
NAMES = {"approved": "approved", "shipped": "shipped", "delivered": "delivered", "canceled": "canceled"}


def event(
    kind: str, order: str, at: str, *, purchased: str = "2018-01-10 10:00:00", status: str | None = None, **fields: Any
) -> pb.OrderEvent:
    """An event of a kind; `fields` go into its message. The id is a function of all that is given."""
    identity = uuid.uuid5(uuid.NAMESPACE_URL, repr((kind, order, at, purchased, status, sorted(fields.items()))))
    made = pb.OrderEvent(event_id=str(identity), order_id=order)
    made.event_time.FromDatetime(datetime.fromisoformat(at))
    made.order_purchase_time.FromDatetime(datetime.fromisoformat(purchased))
    named = status or ("created" if kind == "placed" else NAMES.get(kind))
    if named:
        made.order_status = STATUSES.index(named) + 1  # type: ignore[assignment]
    message = getattr(made, kind)
    message.SetInParent()
    for name, value in fields.items():
        setattr(message, name, value)
    return made


def placed(
    order: str, at: str = "2018-01-10 10:00:00", *, customer: str = "c1", items: Iterable[tuple[str, str, int]] = ()
) -> pb.OrderEvent:
    """An order of items (product, seller, cents), each with 1.00 of freight."""
    bought = list(items)
    made = event("placed", order, at, purchased=at)
    made.event_id = str(uuid.uuid5(uuid.NAMESPACE_URL, repr((order, at, customer, bought))))
    made.placed.customer.customer_id = customer
    made.placed.customer.customer_unique_id = f"person of {customer}"
    made.placed.customer.zip_code_prefix = "01000"
    made.placed.customer.city = "são paulo"
    made.placed.customer.state = "SP"
    made.placed.estimated_delivery_time.FromDatetime(datetime(2018, 2, 1))
    for number, (product, seller, cents) in enumerate(bought, start=1):
        made.placed.items.add(
            order_item_id=number, product_id=product, seller_id=seller, price_cents=cents, freight_cents=100
        )
    return made


class MockKafka:
    """librdkafka's mock cluster, alive as long as this object. It keeps 5 MiB a partition and no topic ids."""

    def __init__(self) -> None:
        self._producer = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0})
        self.brokers = ",".join(f"{b.host}:{b.port}" for b in self._producer.list_topics(timeout=10).brokers.values())

    def put(
        self, values: Iterable[bytes | None], partition: int = 0, schema: str | None = None, at: int | None = None
    ) -> None:
        """Appends records, with our schema's identity in their headers unless another is given, and at a time (what
        their producer takes for milliseconds) unless it is now."""
        for value in values:
            self._producer.produce(
                TOPIC, value, partition=partition, headers=[(HEADER, (schema or own_schema_id()).encode())],
                **({} if at is None else {"timestamp": at}),
            )  # fmt: skip
        assert self._producer.flush(10) == 0

    def put_events(self, *events: pb.OrderEvent, partition: int = 0, at: int | None = None) -> None:
        self.put([one.SerializeToString() for one in events], partition, at=at)
