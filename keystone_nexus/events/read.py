"""Reads exactly one range of offsets of a partition, in batches."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from keystone_nexus.events.cluster import Cluster, Topic
from keystone_nexus.events.plan import Wanted
from keystone_nexus.events.records import AT_ONCE, Batch
from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.wire.schema import HEADER

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message

PATIENCE = 30.0
"""Seconds without a record after which the brokers are taken to be away."""
FETCH = {"enable.partition.eof": True, "queued.max.messages.kbytes": 32 * 1024, "fetch.message.max.bytes": 8 << 20}


def read_range(cluster: Cluster, topic: Topic, wanted: Wanted) -> Iterator[Batch]:
    """The records of `wanted`: fewer than offsets where transactions or compaction left holes.

    The end of a range need not be a record (a transaction's marker has an offset too): it is reached when the
    consumer's position, a later record or the partition's end says so.
    Raises Refused where offsets are gone or one is missing on a plain topic, EnvironmentFault where Kafka falls silent.
    """
    from confluent_kafka import TopicPartition

    consumer = cluster.consumer(**FETCH)
    try:
        consumer.assign([TopicPartition(topic.name, wanted.partition, wanted.first)])
        rows = 0
        for records in _records(cluster, consumer, topic, wanted):
            rows += len(records)
            yield _columns(records)
        if cluster.settings.plain and rows != wanted.end - wanted.first:
            raise Refused(
                f"{topic.name} partition {wanted.partition}: {rows:,} records in {wanted.end - wanted.first:,} offsets from "
                f"{wanted.first:,}, on a topic that is declared plain (KEYSTONE_KAFKA_PLAIN_TOPIC): records are lost, or "
                "the topic is compacted or written in transactions. Nothing was landed"
            )
    finally:
        consumer.close()


def ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches, each read while the one before is worked on: a consumer waits, a decoder computes.

    No garbage is collected meanwhile: a batch is ten thousand objects without cycles, which the collector would visit
    again and again.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        with ThreadPoolExecutor(1, "read-ahead") as reader:
            coming = reader.submit(next, batches, None)
            while (batch := coming.result()) is not None:
                coming = reader.submit(next, batches, None)
                yield batch
    finally:
        if collecting:
            gc.enable()


def _records(cluster: Cluster, consumer: Consumer, topic: Topic, wanted: Wanted) -> Iterator[list[Message]]:
    from confluent_kafka import TopicPartition

    place = TopicPartition(topic.name, wanted.partition)
    last, heard = wanted.first - 1, time.monotonic()
    while True:
        messages = consumer.consume(min(AT_ONCE, max(1, wanted.end - last - 1)), timeout=0.5)
        ended = _check(cluster, topic, wanted, messages)
        records = [m for m in messages if m.error() is None and _offset(m) < wanted.end]
        if records:
            if _offset(records[0]) <= last:
                raise EnvironmentFault(f"{topic.name}: offset {_offset(records[0]):,} came twice; nothing was landed")
            last, heard = _offset(records[-1]), time.monotonic()
            yield records
        (position,) = consumer.position([place])
        beyond = any(m.error() is None and _offset(m) >= wanted.end for m in messages)
        if beyond or ended or last + 1 >= wanted.end or position.offset >= wanted.end:
            return
        if time.monotonic() - heard > PATIENCE:
            said = cluster.errors.explain(f"no record for {PATIENCE:g} s at offset {last + 1:,}")
            raise EnvironmentFault(f"Kafka at {cluster.settings.brokers}: {said}; nothing was landed, run again")


def _check(cluster: Cluster, topic: Topic, wanted: Wanted, messages: list[Message]) -> bool:
    """Whether the partition ended at or behind the range. Raises for every other error."""
    from confluent_kafka import KafkaError

    ended = False
    for message in messages:
        error = message.error()
        if error is None:
            continue
        if error.code() == KafkaError._PARTITION_EOF:  # pyright: ignore[reportPrivateUsage]
            ended = ended or _offset(message) >= wanted.end
        elif error.code() == KafkaError._AUTO_OFFSET_RESET:  # pyright: ignore[reportPrivateUsage]
            raise Refused(
                f"{topic.name} partition {wanted.partition}: offsets from {wanted.first:,} went away while they were read "
                "(retention, or the topic was recreated). Nothing was landed; `keystone stream resume` goes on behind"
            )
        elif not error.retriable():
            raise EnvironmentFault(
                f"{topic.name} partition {wanted.partition} cannot be read: {cluster.errors.explain(error.str())}; "
                "nothing was landed, run again"
            )
    return ended


def _offset(message: Message) -> int:
    offset = message.offset()
    return -1 if offset is None else offset


def _columns(records: list[Message]) -> Batch:
    """One call per record and field is what the client library offers: it is kept to that."""
    named: dict[Any, str | None] = {}
    return Batch(
        offsets=cast("list[int]", [m.offset() for m in records]),
        values=[m.value() for m in records],
        keys=[m.key() for m in records],
        schemas=[_schema(m.headers(), named) for m in records],
        produced_ms=[m.timestamp()[1] for m in records],
    )


def _schema(headers: Any, named: dict[Any, str | None]) -> str | None:
    """`named` remembers: a topic has thousands of records to a schema."""
    for name, value in headers or ():
        if name == HEADER and value is not None:
            if value not in named:
                named[value] = value.decode("utf-8", "replace")
            return named[value]
    return None
