"""The order of arrival: one numbered entry per drop, written once its objects are there.

Before the entry nothing of the arrival exists. The order of versions of a row is (entry, file, record).
Entries are files `bronze/_ledger/<number>.json`, put if absent, so that two writers cannot both have a number.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.publish import fsync, write_new


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
class Entry:
    """One arrival. `at` is when it was recorded (UTC, `YYYY-MM-DDTHH:MM:SSZ`)."""

    number: int
    at: str
    source: str
    files: list[BronzeFile]

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
    def known(self) -> dict[tuple[str, str], str]:
        """(table, SHA-256) of every held file -> its name at arrival."""
        return {(f.table, f.sha256): f.name for e in self.entries for f in e.files}

    @property
    def last_day(self) -> date | None:
        """The newest day in any dated file, None before the first drop."""
        days = [f.last_day for e in self.entries for f in e.files if f.last_day]
        return date.fromisoformat(max(days)) if days else None

    def upto(self, position: int) -> Ledger:
        return Ledger([e for e in self.entries if e.number <= position])


def read(lake: Lake) -> Ledger:
    """The ledger as it is now. Raises Refused for an entry that is no entry or for a missing number."""
    entries: list[Entry] = []
    for path in sorted((lake.layer("bronze") / "_ledger").glob("[0-9]*.json")):
        try:
            raw = json.loads(path.read_text("utf-8"))
            entry = Entry(raw["number"], raw["at"], raw["source"], [BronzeFile(**f) for f in raw["files"]])
            _ = entry.arrived
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(f"{path} is not a ledger entry ({error}): restore it from a copy of bronze") from error
        if entry.number != len(entries) + 1 or int(path.stem) != entry.number:
            raise Refused(f"the ledger lacks entry {len(entries) + 1}: restore {path.parent} from a copy of bronze")
        entries.append(entry)
    return Ledger(entries)


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def append(lake: Lake, entry: Entry) -> Path:
    """Records an arrival. Raises EnvironmentFault when another writer took the number."""
    folder = lake.layer("bronze") / "_ledger"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{entry.number:08d}.json"
    if not write_new(path, json.dumps(asdict(entry), indent=1).encode() + b"\n"):
        raise EnvironmentFault(f"another writer recorded ledger entry {entry.number} first: run again")
    fsync(folder)
    return path
