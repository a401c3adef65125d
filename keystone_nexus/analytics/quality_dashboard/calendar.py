"""A year of a table's days as a calendar: weeks are columns, weekdays rows. Passed days share one path, so that the
file stays small; a day that needs a look is a shape of its own with its own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from keystone_nexus.analytics.quality_dashboard.tables import DayQuality

STATES = ("passed", "warned", "failed", "pending", "empty")
STEP, SIZE = 11, 9
WIDTH, HEIGHT = 54 * STEP, 7 * STEP


@dataclass(frozen=True, slots=True)
class Cell:
    """A day that stands for itself."""

    x: int
    y: int
    state: str
    title: str


@dataclass(frozen=True, slots=True)
class Year:
    """One calendar. `paths` draws the days of a state together; `words` says the same for those who do not see it."""

    year: int
    paths: dict[str, str]
    cells: list[Cell]
    months: list[tuple[int, str]]
    counts: dict[str, int]
    """State -> days, without those that no day is in; `days` are all of them."""
    days: int

    @property
    def words(self) -> str:
        said = ", ".join(f"{n} {state}" for state, n in self.counts.items())
        return f"{self.year}: {said} of {self.days} days"


def calendar(days: Iterable[DayQuality]) -> list[Year]:
    """The years that have a day, the newest first."""
    years = [(year, list(found)) for year, found in groupby(days, lambda day: day.day.year)]
    return [_year(year, found) for year, found in reversed(years)]


def _year(year: int, days: list[DayQuality]) -> Year:
    paths: dict[str, str] = {}
    cells: list[Cell] = []
    for day in days:
        x, y = _place(day.day)
        if day.state in ("passed", "empty"):
            paths[day.state] = paths.get(day.state, "") + f"M{x} {y}h{SIZE}v{SIZE}h-{SIZE}z"
        else:
            cells.append(Cell(x, y, day.state, _title(day)))
    counted = {state: sum(1 for day in days if day.state == state) for state in STATES}
    counts = {"without rows" if state == "empty" else state: n for state, n in counted.items() if n}
    months = [(_place(date(year, month, 1))[0], f"{date(year, month, 1):%b}") for month in range(1, 13)]
    return Year(year, paths, cells, months, counts, len(days))


def _place(day: date) -> tuple[int, int]:
    week = (day.timetuple().tm_yday + date(day.year, 1, 1).weekday() - 1) // 7
    return week * STEP, day.weekday() * STEP


def _title(day: DayQuality) -> str:
    if day.state == "pending":
        return f"{day.day}: pending"
    rules = ", ".join(f"{rule} {rows:,}" for rule, rows in day.rejects.items())
    return f"{day.day}: {day.state}, {day.quarantined:,} of {day.silver + day.quarantined:,} rows rejected ({rules})"
