"""Which offsets to land: what lies between the ledger and the topic, in bounded ranges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from keystone_nexus.events.cluster import Topic, Watermarks
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.ledger import Ledger, OffsetRange


@dataclass(frozen=True, slots=True)
class Wanted:
    """The offsets `first` <= n < `end` of a partition. `resume`: `first` is where a person decided to go on."""

    partition: int
    first: int
    end: int
    resume: bool = False


def landed_to(ledger: Ledger, topic: Topic) -> dict[int, int]:
    """Partition -> the offset up to which it is landed."""
    return {one.partition: one.end for _, one in ledger.ranges if _same(one, topic)}


def check_identity(ledger: Ledger, topic: Topic) -> None:
    """Raises Refused where the ledger knows a topic of this name, but not this one: its offsets mean other events."""
    known = [one for _, one in ledger.ranges if one.topic == topic.name]
    if known and not any(_same(one, topic) for one in known):
        raise Refused(
            f"the topic {topic.name} was recreated: the ledger has it with the id {known[-1].topic_id} on cluster "
            f"{known[-1].cluster}, it is now {topic.topic_id} on {topic.cluster}. Nothing was landed; "
            "`keystone stream resume` goes on with the new topic, and what the old one held beyond the ledger is lost"
        )


def _same(one: OffsetRange, topic: Topic) -> bool:
    return (one.cluster, one.topic, one.topic_id) == (topic.cluster, topic.name, topic.topic_id)


def plan(ledger: Ledger, topic: Topic, marks: Iterable[Watermarks], most: int) -> list[Wanted]:
    """One range per partition that has something new, at most `most` offsets long.

    Raises Refused where the topic was recreated, lost what was not landed yet (retention), or shrank.
    """
    check_identity(ledger, topic)
    ends = landed_to(ledger, topic)
    found: list[Wanted] = []
    for mark in marks:
        first = ends.get(mark.partition, mark.low)
        where = f"{topic.name} partition {mark.partition}"
        if first < mark.low:
            raise Refused(
                f"{where}: the offsets {first:,} to {mark.low - 1:,} are gone (retention overtook the landing). "
                "Nothing was landed; `keystone stream resume` goes on behind the gap"
            )
        if first > mark.high:
            raise Refused(
                f"{where}: {first:,} offsets are landed, but the topic ends at {mark.high:,}: it lost records that were "
                "there. Nothing was landed; `keystone stream resume` goes on from its end"
            )
        if first < mark.high:
            found.append(Wanted(mark.partition, first, min(mark.high, first + most)))
    return found


def to_resume(ledger: Ledger, topic: Topic, marks: Iterable[Watermarks]) -> list[tuple[Wanted, str]]:
    """Where to go on knowingly, partition by partition, and what is given up: only where the ledger does not lead."""
    ends = landed_to(ledger, topic)
    known = any(one.topic == topic.name for _, one in ledger.ranges)
    found: list[tuple[Wanted, str]] = []
    for mark in marks:
        end = ends.get(mark.partition)
        if end is None:
            if known and not ends:
                found.append((Wanted(mark.partition, mark.low, mark.low, resume=True), "the topic was recreated"))
        elif end < mark.low:
            lost = f"offsets {end:,} to {mark.low - 1:,} are lost"
            found.append((Wanted(mark.partition, mark.low, mark.low, resume=True), lost))
        elif end > mark.high:
            lost = f"{end:,} were landed, the topic ends at {mark.high:,}"
            found.append((Wanted(mark.partition, mark.high, mark.high, resume=True), lost))
    return found
