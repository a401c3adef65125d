"""How far the lake is behind the topic, partition by partition."""

from __future__ import annotations

import time
from dataclasses import dataclass

from keystone_nexus.events.cluster import Cluster
from keystone_nexus.events.plan import landed_to
from keystone_nexus.lake.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Lag:
    """`landed` is the offset up to which the lake has the partition; `seconds` the age of the oldest event that it
    lacks, 0 where it lacks none. What only the brokers know is null where none was asked."""

    topic: str
    partition: int
    low: int | None
    high: int | None
    landed: int
    events: int | None
    seconds: float | None


def lags(ledger: Ledger, cluster: Cluster) -> list[Lag]:
    """Asks the brokers; reads one record of each partition that is behind."""
    topic = cluster.topic()
    marks = cluster.watermarks(topic)
    ends = landed_to(ledger, topic)
    found: list[Lag] = []
    for mark in marks:
        landed = ends.get(mark.partition, mark.low)
        behind = mark.high - landed
        age = _age(cluster, topic.name, mark.partition, max(landed, mark.low)) if behind > 0 else 0.0
        found.append(Lag(topic.name, mark.partition, mark.low, mark.high, landed, behind, age))
    return found


def landed(ledger: Ledger) -> list[Lag]:
    """What the lake itself knows: how far each partition is landed."""
    ends = {one.stream: one.end for _, one in ledger.ranges}
    return [Lag(topic, part, None, None, end, None, None) for (_, topic, _, part), end in sorted(ends.items())]


def _age(cluster: Cluster, topic: str, partition: int, offset: int) -> float:
    """Seconds since the broker took the first record at or behind an offset."""
    from confluent_kafka import TopicPartition

    consumer = cluster.consumer()
    try:
        consumer.assign([TopicPartition(topic, partition, offset)])
        message = consumer.poll(5.0)
        if message is None or message.error() is not None:
            return 0.0
        return round(max(0.0, time.time() - message.timestamp()[1] / 1000), 1)
    finally:
        consumer.close()
