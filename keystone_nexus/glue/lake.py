"""The Glue tables of one lake: what differs, and mending it, by the account's own client."""

from __future__ import annotations

from typing import Any

from keystone_nexus.glue import catalog
from keystone_nexus.glue.catalog import Difference
from keystone_nexus.glue.errors import classified
from keystone_nexus.glue.names import lake_name
from keystone_nexus.glue.projection import Span, every_year
from keystone_nexus.lake import ledger
from keystone_nexus.lake.lake import Lake


def plan_of(lake: Lake) -> list[Difference]:
    """What Glue lacks of what the contracts say, nothing after `apply_to`."""
    return catalog.plan(_client(), lake_name(str(lake)), lake.env, span_of(lake))


def apply_to(lake: Lake) -> list[Difference]:
    """Mends what differs, and returns it. Data is never touched."""
    return catalog.apply(_client(), lake_name(str(lake)), lake.env, span_of(lake))


def span_of(lake: Lake) -> Span:
    """The days that the lake's files and events have: each projected day is a request, with rows or without."""
    held = ledger.read(lake)
    return Span(held.first_day, held.last_day) if held.first_day and held.last_day else every_year()


def _client() -> Any:
    import boto3

    with classified("reach Glue"):
        return boto3.client("glue")
