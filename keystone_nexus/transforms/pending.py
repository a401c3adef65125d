"""What has to be built: days and tables whose last change is not in what was built.

A build counts for a day when it was made and checked under the present contracts, at a ledger position not before
the last entry that affected the day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import polars as pl

from keystone_nexus.contracts.catalog import contract_version, dated_tables, undated_tables
from keystone_nexus.lake import builds, ledger
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.lock import FIRST_DAY
from keystone_nexus.transforms.affected import Affected, affected

NEAR = 7
"""Days apart at which two days are built in one range: a run's start costs more than a few unchanged days."""
MOST = 4
"""Ranges at once. After an outage the stream brings events of hundreds of days; runs for each of their ranges would
crowd out each other."""


@dataclass(frozen=True, slots=True)
class Pending:
    """`days`: dated table -> days to build; `undated`: the undated quarantine; `tables`: undated tables."""

    days: dict[str, list[date]]
    undated: bool
    tables: list[str]
    moves: frozenset[tuple[date, date]] = frozenset()

    @property
    def all_days(self) -> list[date]:
        return sorted({day for days in self.days.values() for day in days})

    def between(self, first: date, last: date) -> Pending:
        """Only what lies between two days, widened to both days of a key that moved."""
        wanted = widened({d for d in self.all_days if first <= d <= last}, self.moves)
        days = {name: [d for d in days if d in wanted] for name, days in self.days.items()}
        return Pending({n: d for n, d in days.items() if d}, self.undated, self.tables, self.moves)

    def only(self, names: Collection[str]) -> Pending:
        """Only some tables; `undated` names the undated quarantine."""
        days = {n: d for n, d in self.days.items() if n in names}
        tables = [n for n in self.tables if n in names]
        return Pending(days, self.undated and "undated" in names, tables, self.moves)

    @property
    def none(self) -> bool:
        return not self.days and not self.undated and not self.tables


def pending(lake: Lake, bronze: Bronze | None = None, built: pl.DataFrame | None = None) -> Pending:
    """What is pending at the ledger's position."""
    bronze = bronze or Bronze(lake, ledger.read(lake))
    built = builds.read(lake) if built is None else built
    changes = [(n, affected(lake, bronze, n)) for n in range(1, bronze.ledger.position + 1)]
    return _late(bronze, built, changes)


def unbuilt(bronze: Bronze, built: pl.DataFrame) -> dict[str, int]:
    """Dated table -> its rows in bronze that no build has judged yet. `built`: the newest builds of all tables."""
    judged = dict(
        built.select("table", pl.sum_horizontal("silver", "quarantined", "superseded"))
        .group_by("table")
        .sum()
        .iter_rows()
    )
    return {spec.name: max(0, bronze.rows(spec.name) - judged.get(spec.name, 0)) for spec in dated_tables()}


def with_change(lake: Lake, bronze: Bronze, built: pl.DataFrame, change: Affected) -> Pending:
    """What would be pending with one more entry, whose change was computed but is not in the index."""
    changes = [(n, affected(lake, bronze, n)) for n in range(1, bronze.ledger.position)]
    return _late(bronze, built, [*changes, (bronze.ledger.position, change)])


def _late(bronze: Bronze, built: pl.DataFrame, changes: list[tuple[int, Affected]]) -> Pending:
    built = built.filter((pl.col("contract") == contract_version()) & pl.col("checks").is_not_null())
    positions = {(t, d): p for t, d, p in built.select("table", "day", "position").iter_rows()}
    needed = _needed(changes, _all_days(bronze))
    late = {key for key, position in needed.items() if positions.get(key, 0) < position}
    days = {spec.name: sorted(d for t, d in late if t == spec.name and d is not None) for spec in dated_tables()}
    return Pending(
        {name: found for name, found in days.items() if found},
        any((spec.name, None) in late for spec in dated_tables()),
        [spec.name for spec in undated_tables() if (spec.name, None) in late],
        _moves(change for _, change in changes),
    )


def everything(bronze: Bronze, newest: Affected | None = None) -> Pending:
    """All there is, built or not. `newest` is the change of the last entry where that is not in the index."""
    entries = bronze.ledger.position - (newest is not None)
    changes = [affected(bronze.lake, bronze, n) for n in range(1, entries + 1)]
    days = _all_days(bronze)
    return Pending(
        {spec.name: days for spec in dated_tables() if days},
        True,
        [spec.name for spec in undated_tables()],
        _moves([*changes, *([newest] if newest else [])]),
    )


def _moves(changes: Iterable[Affected]) -> frozenset[tuple[date, date]]:
    return frozenset(pair for change in changes for pair in change.moves)


def with_rejects(lake: Lake, name: str | None) -> Pending:
    """What holds quarantined rows, of one table or all."""
    built = builds.read(lake).filter(pl.col("quarantined") > 0)
    if name is not None:
        built = built.filter(pl.col("table") == name)
    rows = built.select("table", "day").rows()
    dated = {spec.name for spec in dated_tables()}
    moves = pending(lake).moves
    days = {t: sorted(widened({d for n, d in rows if n == t and d is not None}, moves)) for t in dated}
    return Pending(
        {t: d for t, d in days.items() if d},
        any(t in dated and d is None for t, d in rows),
        [t for t, _ in rows if t not in dated],
    )


def _all_days(bronze: Bronze) -> list[date]:
    last = bronze.ledger.last_day
    return [FIRST_DAY + timedelta(n) for n in range((last - FIRST_DAY).days + 1)] if last else []


def _needed(changes: list[tuple[int, Affected]], all_days: list[date]) -> dict[tuple[str, date | None], int]:
    """(table, day) -> the last entry that affected it; day None for what has none."""
    needed: dict[tuple[str, date | None], int] = {}
    for position, change in changes:
        for name in change.tables:
            needed[name, None] = position
        for spec in dated_tables():
            if change.everything:
                needed |= {(spec.name, day): position for day in all_days}
            if change.everything or spec.name in change.undated:
                needed[spec.name, None] = position
            needed |= {(spec.name, day): position for day in change.days.get(spec.name, [])}
    return needed


def widened(days: set[date], moves: Iterable[tuple[date, date]]) -> set[date]:
    """The days, and those from or to which a key of theirs moved."""
    wide, moves = set(days), list(moves)
    while more := {d for pair in moves if wide & set(pair) for d in pair} - wide:
        wide |= more
    return wide


def ranges(days: Iterable[date], near: int = NEAR, most: int = MOST) -> list[tuple[date, date]]:
    """Merges days into few ranges: days at most `near` apart share one, and there are `most`, parted at the widest
    gaps."""
    found = sorted(days)
    gaps = {at: (day - before).days for at, (before, day) in enumerate(pairwise(found), start=1)}
    wide = sorted((at for at, gap in gaps.items() if gap > near), key=lambda at: -gaps[at])
    bounds = [0, *sorted(wide[: most - 1]), len(found)]
    return [(found[first], found[end - 1]) for first, end in pairwise(bounds)] if found else []
