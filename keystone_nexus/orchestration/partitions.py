"""The days of the dated tables, and which of them a run builds."""

from __future__ import annotations

from datetime import date, timedelta

import dagster as dg

from keystone_nexus.lake.lock import FIRST_DAY
from keystone_nexus.orchestration.settings import Settings


def daily_partitions(last_day: date | None = None) -> dg.DailyPartitionsDefinition:
    """Days from 2016-09-01 through `last_day`, or through today (UTC) where it is None."""
    if last_day is None:
        return dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), timezone="UTC", end_offset=1)
    return dg.DailyPartitionsDefinition(
        start_date=FIRST_DAY.isoformat(), end_date=(last_day + timedelta(days=1)).isoformat(), timezone="UTC"
    )


DAYS = daily_partitions(Settings().last_day)


def days_of(context: dg.AssetExecutionContext) -> tuple[date, date]:
    """The first and last day of a run, both included."""
    keys = context.partition_key_range
    return date.fromisoformat(keys.start), date.fromisoformat(keys.end)


def range_tags(first: date, last: date) -> dict[str, str]:
    """The tags that make a run build a range of days."""
    return {"dagster/asset_partition_range_start": str(first), "dagster/asset_partition_range_end": str(last)}
