"""Lands ranges of offsets in bronze exactly once: all of them in one ledger entry, or nothing.

Objects are written aside and put under their names only where there is none; the ledger's entry makes them count. A
lander that is killed leaves at most objects without an entry, which hold what the next try would write; of two that
race, the second one's ranges do not begin where the first one's ended, and are void.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from keystone_nexus.events import poison
from keystone_nexus.events.cluster import Cluster, Topic
from keystone_nexus.events.plan import Wanted, check_identity, plan, to_resume
from keystone_nexus.events.read import ahead, read_range
from keystone_nexus.events.records import LogWriter, Tally, tally_of
from keystone_nexus.events.schemas import SchemaBook
from keystone_nexus.events.stalls import stalls
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.event_log import object_key
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import Entry, OffsetRange, append, now, read
from keystone_nexus.lake.publish import digest
from keystone_nexus.lake.store import parquet_keys

Progress = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Staged:
    """`path` is None where the object stands under its name already."""

    wanted: Wanted
    path: Path | None
    tally: Tally


def land_all(lake: Lake, cluster: Cluster, book: SchemaBook, progress: Progress = lambda _: None) -> list[Entry]:
    """Lands all that the topic holds now, in entries of bounded ranges. The caller holds the lake's lock."""
    topic = cluster.topic()
    marks = cluster.watermarks(topic)
    poison.restore(lake)
    entries: list[Entry] = []
    while wanted := plan(read(lake), topic, marks, cluster.settings.max_events):
        entries.append(land_ranges(lake, cluster, topic, wanted, book, progress))
    for stall in stalls(cluster, topic, marks):
        progress(f"{topic.name}: {stall}")
    return entries


def land_ranges(
    lake: Lake, cluster: Cluster, topic: Topic, wanted: Iterable[Wanted], book: SchemaBook, progress: Progress
) -> Entry:
    """Lands ranges in one entry. The caller holds the lake's lock. Raises before anything counts."""
    check_identity(read(lake), topic)
    with lake.store.staging() as folder:
        staged = [_killed(lake, topic, one) or _stage(cluster, topic, one, folder, book, progress) for one in wanted]
        if cluster.topic() != topic:
            raise Refused(f"the topic {topic.name} was recreated while it was read; nothing was landed")
        ranges = [_publish(lake, topic, one) for one in staged]
    entry = _record(lake, topic, ranges)
    _quarantine(lake, entry)
    return entry


def resume(lake: Lake, cluster: Cluster) -> list[tuple[OffsetRange, str]]:
    """Goes on knowingly where history was lost or made anew; what is given up, by partition. May be nothing."""
    topic = cluster.topic()
    found = to_resume(read(lake), topic, cluster.watermarks(topic))
    ranges = [(_range(topic, wanted, None, None, Tally()), why) for wanted, why in found]
    if ranges:
        _record(lake, topic, [one for one, _ in ranges])
    return ranges


def _killed(lake: Lake, topic: Topic, wanted: Wanted) -> _Staged | None:
    """The object that a killed landing left where this range begins: it is taken as it is, also if it ends earlier."""
    last = wanted.first + 1
    pattern = object_key(topic.cluster, topic.name, topic.topic_id, wanted.partition, wanted.first, last)
    for key in parquet_keys(lake.store, pattern.rpartition("-")[0] + "-"):
        end = int(key.removesuffix(".parquet").rpartition("-")[2]) + 1
        return _Staged(replace(wanted, end=end), None, tally_of(lake.store.file(key)))
    return None


def _stage(
    cluster: Cluster, topic: Topic, wanted: Wanted, folder: Path, book: SchemaBook, progress: Progress
) -> _Staged:
    path = folder / f"{wanted.partition}-{wanted.first}.parquet"
    writer = LogWriter(path, book)
    try:
        for batch in ahead(read_range(cluster, topic, wanted)):
            writer.add(batch)
    finally:
        writer.close()
    tally = writer.tally
    rejected = f", {tally.poison:,} of them poison" if tally.poison else ""
    progress(f"{topic.name}/{wanted.partition}: {tally.rows:,} events from offset {wanted.first:,}{rejected}")
    return _Staged(wanted, path, tally)


def _publish(lake: Lake, topic: Topic, staged: _Staged) -> OffsetRange:
    """The object under its name, which the first to come keeps: bronze never overwrites."""
    if not staged.tally.rows:
        return _range(topic, staged.wanted, None, None, staged.tally)
    wanted = staged.wanted
    key = object_key(topic.cluster, topic.name, topic.topic_id, wanted.partition, wanted.first, wanted.end)
    path, tally = staged.path, staged.tally
    if path is not None and not _retried(lambda: lake.store.put_new(key, path)):
        tally = tally_of(lake.store.file(key))
    return _range(topic, wanted, key, digest(lake.store.file(key)), tally)


def _quarantine(lake: Lake, entry: Entry) -> None:
    """The poison of what counts: a range that lost a race has none. What a kill prevents here, `poison.restore` does."""
    for held, one in read(lake).ranges:
        if held.number == entry.number and one.object and one.poison:
            poison.quarantine(lake, one.object)


def _range(topic: Topic, wanted: Wanted, key: str | None, sha256: str | None, tally: Tally) -> OffsetRange:
    return OffsetRange(
        topic.cluster, topic.name, topic.topic_id, wanted.partition, wanted.first, wanted.end, key, sha256,
        tally.rows, tally.poison, tally.made, tally.first_day, tally.last_day, sorted(tally.schemas), wanted.resume,
    )  # fmt: skip


def _record(lake: Lake, topic: Topic, ranges: list[OffsetRange]) -> Entry:
    entry = Entry(read(lake).position + 1, now(), f"kafka:{topic.name}", [], ranges)
    _retried(lambda: append(lake, entry))
    return entry


def _retried(write: Callable[[], T]) -> T:
    """A write, tried again where the file system failed for a moment."""
    return Retrying(
        retry=retry_if_exception_type(OSError), stop=stop_after_attempt(3), wait=wait_exponential(0.2), reraise=True
    )(write)
