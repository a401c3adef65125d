"""Offsets without a record, of transactions and of compaction: complete on a real Kafka, refused on a plain topic."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from keystone_nexus.wire.stubs import order_event_pb2 as pb
from tests.conftest import keystone
from tests.order_events import placed
from tests.reliability.brokers import Brokers
from tests.reliability.lakes import bronze_ids, land, leftovers
from tests.reliability.processes import PATIENCE
from tests.reliability.topics import create

pytestmark = pytest.mark.reliability


def order(name: str) -> pb.OrderEvent:
    return placed(name, items=[("p1", "s1", 100)])


def produce(producer: Producer, topic: str, *names: str) -> set[str]:
    """Appends orders by name, and returns their events' ids."""
    made = [order(name) for name in names]
    for name, one in zip(names, made, strict=True):
        producer.produce(topic, one.SerializeToString(), name, partition=0)
    assert producer.flush(PATIENCE) == 0
    return {one.event_id for one in made}


def transactional(brokers: str) -> Producer:
    # The broker aborts a transaction that is open for longer: landings on a busy machine take their time.
    patient = {"transaction.timeout.ms": 600_000}
    producer = Producer({"bootstrap.servers": brokers, "transactional.id": "orders", **patient})
    producer.init_transactions(PATIENCE)
    return producer


def refused_as_plain(lake: Path, brokers: str, topic: str) -> None:
    done = land(lake, brokers, topic, KEYSTONE_KAFKA_PLAIN_TOPIC="true")
    assert done.returncode == 2, done.stderr
    assert "KEYSTONE_KAFKA_PLAIN_TOPIC" in done.stderr
    assert "Traceback" not in done.stderr
    assert bronze_ids(lake).total() == 0
    assert leftovers(lake) == []


def test_transactions_land_what_was_committed(kafka: Brokers, lake: Path) -> None:
    """Offsets 0-2, marker 3; 4-5 aborted, marker 6; 7-9, marker 10; an open transaction, and a record behind it."""
    topic = "transactions"
    create(kafka.addresses, topic)
    producer = transactional(kafka.addresses)
    producer.begin_transaction()
    committed = produce(producer, topic, "a", "b", "c")
    producer.commit_transaction(PATIENCE)
    producer.begin_transaction()
    produce(producer, topic, "d", "e")
    producer.abort_transaction(PATIENCE)
    producer.begin_transaction()
    committed |= produce(producer, topic, "f", "g", "h")
    producer.commit_transaction(PATIENCE)
    producer.begin_transaction()
    producer.commit_transaction(PATIENCE)
    refused_as_plain(lake, kafka.addresses, topic)

    producer.begin_transaction()
    late = produce(producer, topic, "i", "j")
    late |= produce(Producer({"bootstrap.servers": kafka.addresses}), topic, "k")
    for _ in range(2):
        done = land(lake, kafka.addresses, topic)
        assert done.returncode == 0, done.stderr
        assert set(bronze_ids(lake)) == committed, "what is behind an open transaction waits"
        assert "partition 0 waits behind an open transaction since " in done.stderr
    env = {"KEYSTONE_KAFKA_BROKERS": kafka.addresses, "KEYSTONE_KAFKA_TOPIC": topic}
    status = keystone(lake, "stream", "status", "--json", env=env)
    (lag,) = json.loads(status.stdout)
    assert (lag["high"], lag["stable"], lag["landed"], lag["events"], lag["waiting"]) == (14, 11, 11, 3, 3)
    assert lag["seconds"] == lag["waiting_seconds"] > 0
    assert ", 3 records" in lag["stall"]
    assert lag["stall"].partition(" (")[0] in keystone(lake, "stream", "status", env=env).stderr
    producer.commit_transaction(PATIENCE)
    assert land(lake, kafka.addresses, topic).returncode == 0
    assert bronze_ids(lake) == dict.fromkeys(committed | late, 1)
    assert keystone(lake, "verify").returncode == 0


def test_a_range_of_markers_alone_lands_as_nothing(kafka: Brokers, lake: Path) -> None:
    topic = "aborted"
    create(kafka.addresses, topic)
    producer = transactional(kafka.addresses)
    for _ in range(3):
        producer.begin_transaction()
        produce(producer, topic, "never")
        producer.abort_transaction(PATIENCE)
    for _ in range(2):
        done = land(lake, kafka.addresses, topic)
        assert done.returncode == 0, done.stderr
        assert bronze_ids(lake).total() == 0
    producer.begin_transaction()
    committed = produce(producer, topic, "at last")
    producer.commit_transaction(PATIENCE)
    assert land(lake, kafka.addresses, topic).returncode == 0
    assert set(bronze_ids(lake)) == committed
    assert keystone(lake, "verify").returncode == 0


def test_a_compacted_topic_lands_what_it_still_holds(kafka: Brokers, lake: Path) -> None:
    topic = "compacted"
    create(
        kafka.addresses, topic, cleanup_policy="compact", segment_ms="100", min_cleanable_dirty_ratio="0.01",
        min_compaction_lag_ms="0", max_compaction_lag_ms="100",
    )  # fmt: skip
    producer = Producer({"bootstrap.servers": kafka.addresses})
    for _ in range(20):
        produce(producer, topic, "a", "b", "c")
    time.sleep(0.2)  # the segment's age: the next record begins another one, and this one can be compacted
    produce(producer, topic, "d")
    wait_until_compacted(kafka.addresses, topic, 61)
    refused_as_plain(lake, kafka.addresses, topic)
    done = land(lake, kafka.addresses, topic)
    assert done.returncode == 0, done.stderr
    assert bronze_ids(lake) == {order(name).event_id: 1 for name in "abcd"}
    assert keystone(lake, "verify").returncode == 0


def wait_until_compacted(brokers: str, topic: str, offsets: int) -> None:
    """Until the topic has the last record of each key alone."""
    deadline = time.monotonic() + PATIENCE
    while records(brokers, topic, offsets) > 4:
        assert time.monotonic() < deadline, "Kafka does not compact"
        time.sleep(0.5)


def records(brokers: str, topic: str, offsets: int) -> int:
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "oracle", "auto.offset.reset": "error"})
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        found = 0
        while (message := consumer.poll(PATIENCE)) is not None:
            assert message.error() is None, message.error()
            found += 1
            if message.offset() == offsets - 1:
                return found
        raise AssertionError(f"{topic} gives no record at offset {offsets - 1}")
    finally:
        consumer.close()
