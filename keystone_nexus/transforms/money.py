"""Sums of money on both sides: what came in, what is in silver, what was rejected. Exact, in BRL."""

from __future__ import annotations

import json
from decimal import Decimal

import polars as pl

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake import builds
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.store import parquet_keys
from keystone_nexus.quality.rules import cast, clean_text


def money(lake: Lake) -> list[dict[str, str]]:
    """Per money column: `in` = silver + quarantined (what can be read as money), to the cent."""
    built = builds.read(lake)
    found: list[dict[str, str]] = []
    for name, spec in tables().items():
        for column in spec.money_columns:
            texts = built.filter(pl.col("table") == name)["money"]
            silver = sum((Decimal(json.loads(t).get(column, "0")) for t in texts if t != "{}"), Decimal("0.00"))
            rejected = Decimal("0.00")
            keys = parquet_keys(lake.store, f"quarantine/{name}/")
            if keys:
                spec_column = spec.column(column)
                value = cast(spec_column, clean_text(spec_column)).sum()
                rejected = pl.scan_parquet(lake.store.files(keys)).select(value).collect().item() or rejected
            found.append(
                {
                    "column": f"{name}.{column}",
                    "in": str(silver + rejected),
                    "silver": str(silver),
                    "quarantined": str(rejected),
                }
            )
    return found
