"""Partition projection: Athena computes the partitions of a day's table instead of asking Glue for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

KEYS = ("year", "month", "day")
FIRST_YEAR = 2016


@dataclass(frozen=True, slots=True)
class Span:
    """The days that may have data. Each projected day is a request to S3 whether it has rows or not, so the years
    (within a year, the months too) are those of the data; what lies outside of it is not read."""

    first: date
    last: date

    @property
    def years(self) -> tuple[int, int]:
        return self.first.year, self.last.year

    @property
    def months(self) -> tuple[int, int]:
        """A projection knows no months of one year only: all, but where there is only one year."""
        return (self.first.month, self.last.month) if self.first.year == self.last.year else (1, 12)


def years(first: int, last: int) -> Span:
    """All days of some years: what production wants, since a new month needs no change then."""
    return Span(date(first, 1, 1), date(last, 12, 31))


def every_year() -> Span:
    """From the first year of the data to this one."""
    return years(FIRST_YEAR, datetime.now(UTC).year)


def by_day(location: str, span: Span) -> dict[str, str]:
    """Parameters of a table with one folder per day."""
    return {
        **_common(location),
        "projection.year.type": "integer",
        "projection.year.range": "{},{}".format(*span.years),
        "projection.month.type": "integer",
        "projection.month.range": "{},{}".format(*span.months),
        "projection.month.digits": "2",
        "projection.day.type": "integer",
        "projection.day.range": "1,31",
        "projection.day.digits": "2",
    }


def by_day_or_none(location: str, span: Span) -> dict[str, str]:
    """The same with `year=0000/month=00/day=00`, for rows whose day cannot be known.

    A range of numbers would have to begin at year 0. Enumerated values do not, but are text.
    """
    (first, last), months = span.years, span.months
    values = {
        "year": ["0000", *(f"{n:04d}" for n in range(first, last + 1))],
        "month": ["00", *(f"{n:02d}" for n in range(months[0], months[1] + 1))],
        "day": [f"{n:02d}" for n in range(32)],
    }
    parameters = _common(location)
    for key in KEYS:
        parameters |= {f"projection.{key}.type": "enum", f"projection.{key}.values": ",".join(values[key])}
    return parameters


def _common(location: str) -> dict[str, str]:
    template = "".join(f"{key}=${{{key}}}/" for key in KEYS)
    return {"projection.enabled": "true", "storage.location.template": location + template}
