"""What arrived and how its shape drifted: columns that a file has more or fewer of than the one before it."""

from __future__ import annotations

from dataclasses import dataclass

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Arrival:
    """One file of a table. `unknown` are columns that the contract does not know."""

    entry: int
    at: str
    table: str
    file: str
    rows: int
    broken: int
    unknown: list[str]
    appeared: list[str]
    vanished: list[str]

    @property
    def drifted(self) -> bool:
        return bool(self.unknown or self.appeared or self.vanished)


def arrivals(ledger: Ledger) -> list[Arrival]:
    """All files, the newest first."""
    found: list[Arrival] = []
    for name in tables():
        before: set[str] | None = None
        for entry, file in ledger.files(name):
            has = {*file.columns, *file.extra_columns}
            appeared = sorted(has - before) if before is not None else []
            vanished = sorted(before - has) if before is not None else []
            broken = sum(file.broken.values())
            found.append(
                Arrival(
                    entry.number, entry.at, name, file.name, file.rows, broken, file.extra_columns, appeared, vanished
                )
            )
            before = has
    return sorted(found, key=lambda one: -one.entry)
