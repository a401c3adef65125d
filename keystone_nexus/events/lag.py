"""How far the lake is behind the topic, partition by partition."""

from __future__ import annotations

from dataclasses import dataclass

from keystone_nexus.events.cluster import Cluster, Topic, Watermarks
from keystone_nexus.events.plan import check_identity, landed_to
from keystone_nexus.events.stalls import Stall, first_record, recorded_at, stalls
from keystone_nexus.events.times import age
from keystone_nexus.lake.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Lag:
    """`landed` is the offset up to which the lake has the partition, `high` its real end, `stable` the end of what can
    be landed now: `waiting` records are behind an open transaction, since `waiting_since` (UTC), and `stall` says so.
    `seconds` is the age of the oldest event that the lake lacks, 0 where it lacks none, null where its record has no time
    that can be true. What only the brokers know is null where none was asked."""

    topic: str
    partition: int
    low: int | None
    high: int | None
    landed: int
    events: int | None
    seconds: float | None
    stable: int | None = None
    waiting: int | None = None
    waiting_since: str | None = None
    waiting_seconds: float | None = None
    stall: str | None = None


def lags(ledger: Ledger, cluster: Cluster) -> list[Lag]:
    """Asks the brokers; reads one record or two of each partition that is behind. Raises Refused where the topic was
    recreated: its offsets are not the ledger's."""
    topic = cluster.topic()
    check_identity(ledger, topic)
    marks = cluster.watermarks(topic)
    ends = landed_to(ledger, topic)
    waiting = {one.partition: one for one in stalls(cluster, topic, marks)}
    return [
        _lag(cluster, topic, mark, ends.get(mark.partition, mark.low), waiting.get(mark.partition)) for mark in marks
    ]


def landed(ledger: Ledger) -> list[Lag]:
    """What the lake itself knows: how far each partition is landed."""
    ends = {one.stream: one.end for _, one in ledger.ranges}
    return [Lag(topic, part, None, None, end, None, None) for (_, topic, _, part), end in sorted(ends.items())]


def _lag(cluster: Cluster, topic: Topic, mark: Watermarks, landed: int, stall: Stall | None) -> Lag:
    seconds: float | None = 0.0
    if landed < mark.high:
        seconds = age(
            recorded_at(first_record(cluster, topic.name, mark.partition, max(landed, mark.low), committed=True))
        )
    if stall is not None and (landed >= mark.high or seconds is None):
        seconds = stall.seconds
    since = f"{stall.since:%Y-%m-%d %H:%M:%S}" if stall and stall.since else None
    # What retention took, or what a topic that shrank lost, is no lag: nobody can land it.
    behind = max(0, mark.real_end - max(landed, mark.low))
    return Lag(
        topic.name, mark.partition, mark.low, mark.real_end, landed, behind, seconds,
        mark.high, mark.waiting, since, stall.seconds if stall else None, str(stall) if stall else None,
    )  # fmt: skip
