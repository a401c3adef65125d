"""The ingest server in Python: what the C++ one is measured against.

    python benchmarks/peer_ingest.py BROKERS TOPIC

The same service by grpc.aio and confluent-kafka: each event parsed, checked by the same rules, sent with its order id
as key and the schema's id as header, acknowledged with Kafka's delivery report (idempotent, acks=all). It leaves out
what would slow it down: metrics, budgets, dead letters, violations by field, TLS.
"""

from __future__ import annotations

import asyncio
import gc
import re
import sys
import time
from typing import Any

import grpc
import uvloop  # comes with the web server; a fifth faster here than asyncio's own loop
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from keystone_nexus.wire.schema import HEADER, own_schema_id
from keystone_nexus.wire.stubs import order_ingest_service_pb2 as pb
from keystone_nexus.wire.stubs import order_ingest_service_pb2_grpc as service
from keystone_nexus.wire.stubs.order_event_pb2 import OrderEvent, OrderStatus, PaymentType

UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}").fullmatch
ACKNOWLEDGED, INVALID, UNKNOWN = pb.OUTCOME_ACKNOWLEDGED, pb.OUTCOME_INVALID, pb.OUTCOME_UNKNOWN
WITHOUT_STATUS = frozenset(("payment", "review"))
DAY = 86_400
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799
STATUSES = frozenset(OrderStatus.values()) - {0}
PAYMENT_TYPES = frozenset(PaymentType.values()) - {0}
MAX_CENTS = 999_999_999_999
PENDING_BATCHES = 64
"""Unanswered batches of a stream before it waits."""
POLL_SECONDS = 0.0005


def valid(event: OrderEvent, latest: float) -> bool:
    """The rules of the C++ server, as plain as they can be: the first broken one is enough."""
    kind = event.WhichOneof("details")
    order, status = event.order_id, event.order_status
    if kind is None or not order or len(order) > 64 or not order.isprintable() or UUID(event.event_id) is None:
        return False
    if not (event.HasField("event_time") and event.HasField("order_purchase_time")):
        return False
    happened, purchased = event.event_time, event.order_purchase_time
    if not (sound(happened) and happened.seconds <= latest and sound(purchased) and purchased.seconds <= latest):
        return False
    if kind in WITHOUT_STATUS:
        if status:
            return False
    elif status not in STATUSES:
        return False
    check = CHECKS.get(kind)
    return check is None or check(event)


def sound(moment: Any) -> bool:
    return FIRST_SECOND <= moment.seconds <= LAST_SECOND and 0 <= moment.nanos < 1_000_000_000


def valid_placed(event: Any) -> bool:
    placed = event.placed
    customer = placed.customer
    if not (customer.customer_id and customer.customer_unique_id and customer.zip_code_prefix and customer.state):
        return False
    if not (placed.HasField("estimated_delivery_time") and sound(placed.estimated_delivery_time)):
        return False
    return all(map(valid_item, placed.items))


def valid_item(item: Any) -> bool:
    return (
        item.order_item_id >= 1
        and bool(item.product_id and item.seller_id)
        and 0 <= item.price_cents <= MAX_CENTS
        and 0 <= item.freight_cents <= MAX_CENTS
        and (not item.HasField("shipping_limit_time") or sound(item.shipping_limit_time))
    )


def valid_payment(event: Any) -> bool:
    payment = event.payment
    return (
        payment.payment_sequential >= 1
        and payment.payment_type in PAYMENT_TYPES
        and payment.installments >= 0
        and 0 <= payment.value_cents <= MAX_CENTS
    )


def valid_review(event: Any) -> bool:
    review = event.review
    return (
        bool(review.review_id)
        and 1 <= review.score <= 5
        and review.HasField("creation_time")
        and sound(review.creation_time)
        and (not review.HasField("answer_time") or sound(review.answer_time))
    )


def valid_delivered(event: Any) -> bool:
    delivered, purchased = event.event_time, event.order_purchase_time
    return (delivered.seconds, delivered.nanos) >= (purchased.seconds, purchased.nanos)


CHECKS = {"placed": valid_placed, "payment": valid_payment, "review": valid_review, "delivered": valid_delivered}


class Pending:
    """A request's events on their way; `done` once each has its outcome."""

    __slots__ = ("done", "left", "outcomes")

    def __init__(self, events: int, done: asyncio.Future[None]) -> None:
        self.outcomes, self.left, self.done = [INVALID] * events, events, done

    def settle(self, events: int) -> None:
        self.left -= events
        if self.left == 0 and not self.done.done():
            self.done.set_result(None)


class Kafka:
    """A producer that the event loop itself polls: a poller's thread would fight for the interpreter's lock, and wake
    the loop once an event."""

    def __init__(self, brokers: str, topic: str) -> None:
        self._topic, self._headers = topic, [(HEADER, own_schema_id().encode())]
        self._wake = asyncio.Event()
        self._producer = Producer({
            "bootstrap.servers": brokers, "enable.idempotence": True, "acks": "all", "linger.ms": 5,
            "message.timeout.ms": 10_000, "queue.buffering.max.messages": 110_000, "partitioner": "murmur2_random",
        })  # fmt: skip
        self._producer.list_topics(topic, timeout=30)
        self._poller = asyncio.create_task(self._poll())

    def send(self, event: OrderEvent, callback: Any) -> None:
        self._producer.produce(
            self._topic, event.SerializeToString(), event.order_id, on_delivery=callback, headers=self._headers
        )
        self._wake.set()

    async def _poll(self) -> None:
        producer = self._producer
        while True:
            await self._wake.wait()
            producer.poll(0)
            if len(producer) == 0:
                self._wake.clear()
            await asyncio.sleep(POLL_SECONDS)


class Ingest(service.OrderIngestServiceServicer):
    def __init__(self, kafka: Kafka) -> None:
        self._kafka, self._loop = kafka, asyncio.get_running_loop()

    async def Ingest(self, request: pb.IngestRequest, context: grpc.aio.ServicerContext) -> pb.IngestResponse:  # noqa: N802
        if not valid(request.event, time.time() + DAY):
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the event breaks a rule")
        done: asyncio.Future[Message] = self._loop.create_future()

        def delivered(error: KafkaError | None, message: Message) -> None:
            if error is None:
                done.set_result(message)
            else:
                done.set_exception(KafkaException(error))

        try:
            self._kafka.send(request.event, delivered)
            message = await done
        except (KafkaException, BufferError) as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        return pb.IngestResponse(partition=message.partition(), offset=message.offset())

    async def IngestBatch(self, request: pb.IngestBatchRequest, context: Any) -> pb.IngestBatchResponse:  # noqa: ARG002, N802
        pending = self._submit(request.events)
        await pending.done
        return pb.IngestBatchResponse(outcomes=pending.outcomes)

    async def IngestStream(self, requests: Any, context: Any) -> None:  # noqa: ARG002, N802
        unanswered: asyncio.Queue[tuple[int, Pending] | None] = asyncio.Queue(PENDING_BATCHES)

        async def answer() -> None:
            while (one := await unanswered.get()) is not None:
                sequence, pending = one
                await pending.done
                await context.write(pb.IngestStreamResponse(sequence=sequence, outcomes=pending.outcomes))

        answering = asyncio.create_task(answer())
        # read and write cost less than the iterator that the generated code suggests
        while (request := await context.read()) is not grpc.aio.EOF:
            await unanswered.put((request.sequence, self._submit(request.events)))
        await unanswered.put(None)
        await answering

    def _submit(self, events: Any) -> Pending:
        pending = Pending(len(events), self._loop.create_future())
        latest = time.time() + DAY
        outcomes, settle, invalid = pending.outcomes, pending.settle, 0
        for index, event in enumerate(events):
            if not valid(event, latest):
                invalid += 1
                continue

            def delivered(error: KafkaError | None, message: Message, index: int = index) -> None:  # noqa: ARG001
                outcomes[index] = ACKNOWLEDGED if error is None else UNKNOWN
                settle(1)

            try:
                self._kafka.send(event, delivered)
            except (KafkaException, BufferError):
                outcomes[index] = UNKNOWN
                invalid += 1
        if invalid or not events:
            settle(invalid)
        return pending


async def main(brokers: str, topic: str) -> None:
    server = grpc.aio.server()
    service.add_OrderIngestServiceServicer_to_server(Ingest(Kafka(brokers, topic)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    gc.freeze()
    print(f"peer_ingest listening on 127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
