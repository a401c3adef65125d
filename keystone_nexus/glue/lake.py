"""What of a lake its tables in Glue have to know."""

from __future__ import annotations

from keystone_nexus.glue.projection import Span, every_year
from keystone_nexus.lake import ledger
from keystone_nexus.lake.lake import Lake


def span_of(lake: Lake) -> Span:
    """The days that the lake's files and events have: each projected day is a request, with rows or without."""
    held = ledger.read(lake)
    return Span(held.first_day, held.last_day) if held.first_day and held.last_day else every_year()
