"""The Glue tables of one lake: what differs, and mending it, by the account's own client."""

from __future__ import annotations

from keystone_nexus.glue import catalog, gold
from keystone_nexus.glue.catalog import Difference
from keystone_nexus.glue.client import glue_client
from keystone_nexus.glue.names import lake_name
from keystone_nexus.glue.projection import Span, every_year
from keystone_nexus.lake import ledger
from keystone_nexus.lake.lake import Lake


def plan_of(lake: Lake) -> list[Difference]:
    """What Glue lacks of what the contracts and the published gold say, nothing after `apply_to`."""
    return [
        *catalog.plan(glue_client(), lake_name(str(lake)), lake.env, span_of(lake)),
        *gold.differences(lake),
    ]


def apply_to(lake: Lake) -> list[Difference]:
    """Mends what differs, and returns it. Data is never touched."""
    return [*catalog.apply(glue_client(), lake_name(str(lake)), lake.env, span_of(lake)), *gold.mend(lake)]


def span_of(lake: Lake) -> Span:
    """The days that the lake's files and events have: each projected day is a request, with rows or without."""
    held = ledger.read(lake)
    return Span(held.first_day, held.last_day) if held.first_day and held.last_day else every_year()
