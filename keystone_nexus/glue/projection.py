"""Partition projection: Athena computes the partitions of a day's table instead of asking Glue for them."""

from __future__ import annotations

KEYS = ("year", "month", "day")
Years = tuple[int, int]
"""First and last year with data: each projected day is one request to S3, whether it has rows or not."""


def by_day(location: str, years: Years) -> dict[str, str]:
    """Parameters of a table with one folder per day."""
    return {
        **_common(location),
        "projection.year.type": "integer",
        "projection.year.range": f"{years[0]},{years[1]}",
        "projection.month.type": "integer",
        "projection.month.range": "1,12",
        "projection.month.digits": "2",
        "projection.day.type": "integer",
        "projection.day.range": "1,31",
        "projection.day.digits": "2",
    }


def by_day_or_none(location: str, years: Years) -> dict[str, str]:
    """The same with `year=0000/month=00/day=00`, for rows whose day cannot be known.

    A range of numbers would have to begin at year 0. Enumerated values do not, but are text.
    """
    known = [f"{year:04d}" for year in range(years[0], years[1] + 1)]
    values = {
        "year": ["0000", *known],
        "month": [f"{n:02d}" for n in range(13)],
        "day": [f"{n:02d}" for n in range(32)],
    }
    parameters = _common(location)
    for key in KEYS:
        parameters |= {f"projection.{key}.type": "enum", f"projection.{key}.values": ",".join(values[key])}
    return parameters


def _common(location: str) -> dict[str, str]:
    template = "".join(f"{key}=${{{key}}}/" for key in KEYS)
    return {"projection.enabled": "true", "storage.location.template": location + template}
