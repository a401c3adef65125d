"""What a topic holds, read by a consumer of the tests' own, and topics made for a test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from google.protobuf.message import Message

from keystone_nexus.wire.stubs.order_event_pb2 import OrderEvent

PATIENCE = 60.0


def create(brokers: str, name: str, partitions: int = 1, replicas: int = 1, **config: str) -> None:
    admin = AdminClient({"bootstrap.servers": brokers})
    settings = {key.replace("_", "."): value for key, value in config.items()}
    admin.create_topics([NewTopic(name, partitions, replicas, config=settings)])[name].result(PATIENCE)


def delete(brokers: str, name: str) -> None:
    admin = AdminClient({"bootstrap.servers": brokers})
    admin.delete_topics([name])[name].result(PATIENCE)


def put(brokers: str, name: str, events: Iterable[Message]) -> None:
    """Appends events to partition 0, all acknowledged."""
    producer = Producer({"bootstrap.servers": brokers, "enable.idempotence": True})
    for one in events:
        producer.produce(name, one.SerializeToString(), partition=0)
        producer.poll(0)
    assert producer.flush(PATIENCE) == 0


def event_ids(brokers: str, name: str) -> Counter[str]:
    """Event id -> how often the topic holds it, a topic without holes."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "oracle", "auto.offset.reset": "error"})
    found: Counter[str] = Counter()
    try:
        for partition in consumer.list_topics(name, timeout=PATIENCE).topics[name].partitions:
            place = TopicPartition(name, partition)
            low, high = consumer.get_watermark_offsets(place, timeout=PATIENCE)
            place.offset = low
            consumer.assign([place])
            at = low
            while at < high:
                messages = consumer.consume(min(10_000, high - at), PATIENCE)
                assert messages, f"{name}/{partition} gives nothing at offset {at}"
                for message in messages:
                    assert message.error() is None, message.error()
                    found[OrderEvent.FromString(message.value()).event_id] += 1
                at = messages[-1].offset() + 1
    finally:
        consumer.close()
    return found
