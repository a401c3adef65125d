"""Which times of records can be true: whoever writes a record may set its time, in whatever unit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Long before there was a Kafka. A time in seconds, read as milliseconds, is in 1970."""
AHEAD = timedelta(days=1)
"""What clocks may be apart. A time in microseconds, read as milliseconds, is ten thousands of years ahead."""


def plausible_ms() -> tuple[int, int]:
    """The first and the last time, in milliseconds since 1970, that a record can have today."""
    return int(EARLIEST.timestamp() * 1000), int((datetime.now(UTC) + AHEAD).timestamp() * 1000)


def time_of(milliseconds: int) -> datetime | None:
    """A record's time, None where it cannot be true: a guess at the unit would be a guess."""
    first, last = plausible_ms()
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if first <= milliseconds <= last else None


def age(time: datetime | None) -> float | None:
    """Seconds since then, None where it is not known."""
    return None if time is None else round(max(0.0, (datetime.now(UTC) - time).total_seconds()), 1)
