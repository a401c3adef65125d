from dataclasses import dataclass

import dagster as dg


@dataclass(frozen=True, slots=True)
class DayMaterialization:
    asset_key: dg.AssetKey
    partition: str
    metadata: dict


def log_days(context, days, verdicts):
    for d in days:
        context.add_asset_metadata(d.metadata, asset_key=d.asset_key, partition_key=d.partition)
    for v in verdicts:
        context.log_event(v)
