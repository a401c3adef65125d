"""The order of arrival: one numbered entry per drop or landing of events, written once its objects are there.

Before the entry nothing of the arrival exists. The order of versions of a row is (entry, file, record).
A range of offsets counts only where it begins where its partition last ended: of two landers that raced, the second
one's range is void, and nothing is twice. Entries are files `bronze/_ledger/<number>.json`, put if absent, so that two writers cannot both have a number.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property

from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.lake import Lake

FOLDER = "bronze/_ledger/"
NUMBERED = re.compile(r"[0-9]+\.json")


@dataclass(frozen=True, slots=True)
class BronzeFile:
    """One CSV file of a drop and the object that holds it."""

    table: str
    name: str
    sha256: str
    size: int
    object: str
    object_sha256: str
    rows: int
    columns: list[str]
    extra_columns: list[str]
    broken: dict[str, int]
    first_day: str | None
    last_day: str | None


@dataclass(frozen=True, slots=True)
class OffsetRange:
    """The offsets `first` <= n < `end` of one partition, and the object that holds their records.

    `rows` are the records, sound or poison: fewer than offsets where a transaction or compaction left holes.
    `made` counts the rows that the sound events make of each table, `schemas` are those of its events. `resume` says that a person decided to go on
    here, although the partition did not end there. Without rows there is no object. `replays` is the object whose poison
    could be read after all: this one holds those records, and its partition's landing does not move.
    """

    cluster: str
    topic: str
    topic_id: str
    partition: int
    first: int
    end: int
    object: str | None
    object_sha256: str | None
    rows: int
    poison: int
    made: dict[str, int]
    first_day: str | None
    last_day: str | None
    schemas: list[str] = field(default_factory=list[str])
    resume: bool = False
    replays: str | None = None

    @property
    def stream(self) -> tuple[str, str, str, int]:
        """What has offsets of its own: cluster, topic, topic id and partition."""
        return self.cluster, self.topic, self.topic_id, self.partition


@dataclass(frozen=True, slots=True)
class Entry:
    """One arrival. `at` is when it was recorded (UTC, `YYYY-MM-DDTHH:MM:SSZ`)."""

    number: int
    at: str
    source: str
    files: list[BronzeFile]
    ranges: list[OffsetRange] = field(default_factory=list[OffsetRange])

    @property
    def arrived(self) -> date:
        return date.fromisoformat(self.at[:10])


@dataclass(frozen=True)
class Ledger:
    """All entries in order."""

    entries: list[Entry]

    @property
    def position(self) -> int:
        """Number of the last entry, 0 for an empty lake."""
        return self.entries[-1].number if self.entries else 0

    def files(self, table: str) -> list[tuple[Entry, BronzeFile]]:
        """The table's files, oldest version first."""
        return [(entry, file) for entry in self.entries for file in entry.files if file.table == table]

    @cached_property
    def ranges(self) -> list[tuple[Entry, OffsetRange]]:
        """The ranges of offsets that count, oldest first: every record of the stream once."""
        ends: dict[tuple[str, str, str, int], int] = {}
        counted: list[tuple[Entry, OffsetRange]] = []
        for entry in self.entries:
            for one in entry.ranges:
                if one.replays is None and (one.resume or one.first == ends.get(one.stream, one.first)):
                    ends[one.stream] = one.end
                    counted.append((entry, one))
        return counted

    @cached_property
    def replayed(self) -> list[tuple[Entry, OffsetRange]]:
        """The objects of poison that could be read after all, oldest first."""
        return [(entry, one) for entry in self.entries for one in entry.ranges if one.replays]

    def poison_left(self, one: OffsetRange) -> int:
        """The records of a range that are still in quarantine."""
        return one.poison - sum(other.rows for _, other in self.replayed if other.replays == one.object)

    @cached_property
    def _read(self) -> set[int]:
        """Ids of the ranges whose events make rows."""
        return {id(one) for _, one in (*self.ranges, *self.replayed)}

    def sources(self, table: str) -> list[tuple[Entry, BronzeFile | OffsetRange]]:
        """All objects with rows of a table, oldest version first: its files, and the ranges whose events make some."""
        found: list[tuple[Entry, BronzeFile | OffsetRange]] = []
        for entry in self.entries:
            found += [(entry, file) for file in entry.files if file.table == table]
            found += [(entry, one) for one in entry.ranges if id(one) in self._read and one.made.get(table)]
        return found

    def brought(self, number: int) -> set[str]:
        """The tables of which an entry has rows."""
        entry = self.entries[number - 1]
        made = {t for one in entry.ranges if id(one) in self._read for t, rows in one.made.items() if rows}
        return {file.table for file in entry.files} | made

    @cached_property
    def known(self) -> dict[tuple[str, str], str]:
        """(table, SHA-256) of every held file -> its name at arrival."""
        return {(f.table, f.sha256): f.name for e in self.entries for f in e.files}

    @property
    def last_day(self) -> date | None:
        """The newest day in any dated file, None before the first drop."""
        days = [one.last_day for e in self.entries for one in (*e.files, *e.ranges) if one.last_day]
        return date.fromisoformat(max(days)) if days else None

    @property
    def first_day(self) -> date | None:
        """The oldest day in any dated file, None before the first drop."""
        days = [one.first_day for e in self.entries for one in (*e.files, *e.ranges) if one.first_day]
        return date.fromisoformat(min(days)) if days else None

    def upto(self, position: int) -> Ledger:
        return Ledger([e for e in self.entries if e.number <= position])


def read(lake: Lake) -> Ledger:
    """The ledger as it is now. Raises Refused for an entry that is no entry or for a missing number."""
    entries: list[Entry] = []
    store = lake.store
    keys = [key for key in store.keys(FOLDER) if NUMBERED.fullmatch(key.removeprefix(FOLDER))]
    for key, path in zip(keys, store.files(keys), strict=True):
        try:
            raw = json.loads(path.read_text("utf-8"))
            files = [BronzeFile(**f) for f in raw["files"]]
            ranges = [OffsetRange(**r) for r in raw.get("ranges", [])]
            entry = Entry(raw["number"], raw["at"], raw["source"], files, ranges)
            _ = entry.arrived
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(
                f"{store.name(key)} is not a ledger entry ({error}): restore it from a copy of bronze"
            ) from error
        if entry.number != len(entries) + 1 or int(path.stem) != entry.number:
            raise Refused(
                f"the ledger lacks entry {len(entries) + 1}: restore {store.name(FOLDER)} from a copy of bronze"
            )
        entries.append(entry)
    return Ledger(entries)


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def append(lake: Lake, entry: Entry) -> str:
    """Records an arrival. Returns the key of its entry. Raises EnvironmentFault when another writer took the number."""
    key = f"{FOLDER}{entry.number:08d}.json"
    if not lake.store.put_new(key, json.dumps(asdict(entry), indent=1).encode() + b"\n"):
        raise EnvironmentFault(f"another writer recorded ledger entry {entry.number} first: run again")
    return key
