"""What cannot be landed yet: records behind a transaction that nobody ended. They are in the topic, and wait."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from keystone_nexus.events.cluster import Cluster, Topic, Watermarks
from keystone_nexus.events.times import age, time_of

if TYPE_CHECKING:
    from confluent_kafka import Message

LONG = 60.0
"""Seconds that a transaction is open by default before its broker aborts it: one that is older is worth a word."""
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Stall:
    """`records` of a partition wait behind the transaction that began at `since` (None: its record has no true time)."""

    partition: int
    records: int
    since: datetime | None

    @property
    def seconds(self) -> float | None:
        return age(self.since)

    @property
    def cause(self) -> str:
        """The same words as long as it is the same transaction."""
        since = f" since {self.since:%Y-%m-%d %H:%M:%S} UTC" if self.since else ""
        return f"partition {self.partition} waits behind an open transaction{since}"

    def __str__(self) -> str:
        how_long = "" if self.seconds is None else f" ({self.seconds:,.0f} s)"
        return f"{self.cause}{how_long}, {self.records:,} records; they land when it is committed or aborted"


def stalls(cluster: Cluster, topic: Topic, marks: Iterable[Watermarks]) -> list[Stall]:
    """Reads the record with which the oldest open transaction of each waiting partition begins."""
    found: list[Stall] = []
    for mark in marks:
        if mark.waiting:
            first = first_record(cluster, topic.name, mark.partition, mark.high, committed=False)
            found.append(Stall(mark.partition, mark.waiting, recorded_at(first)))
    return found


def first_record(cluster: Cluster, topic: str, partition: int, offset: int, *, committed: bool) -> Message | None:
    """The first record at or behind an offset, None where there is none to be read now."""
    from confluent_kafka import TopicPartition

    level = "read_committed" if committed else "read_uncommitted"
    with closing(cluster.consumer(**{"isolation.level": level, "enable.partition.eof": True})) as consumer:
        consumer.assign([TopicPartition(topic, partition, offset)])
        message = consumer.poll(PATIENCE)
        return None if message is None or message.error() is not None else message


def recorded_at(message: Message | None) -> datetime | None:
    """When the broker or the producer says that it was written, None where that cannot be true."""
    return None if message is None else time_of(message.timestamp()[1])
