"""Counts what a build did, per day: rows by outcome, rejects by rule, warnings, sums of money."""

from __future__ import annotations

import json
from datetime import date

import polars as pl

from keystone_nexus.contracts.catalog import Table
from keystone_nexus.lake.builds import SCHEMA
from keystone_nexus.quality.rules import names
from keystone_nexus.quality.validate import Validation
from keystone_nexus.transforms.resolver import Resolved
from keystone_nexus.transforms.snapshot import Snapshot

Digest = tuple[str, int]
Failed = dict[str, dict[str, int]]
"""Check -> what failed of it -> rows; empty where all held."""


def failed_checks(validation: Validation, orphans: dict[str, int]) -> Failed:
    """What of the table's own checks failed on some rows."""
    found = {
        "contract": validation.failures,
        "unique_key": {"duplicates": validation.duplicates} if validation.duplicates else {},
        "foreign_keys": {column: rows for column, rows in orphans.items() if rows},
    }
    return {check: counts for check, counts in found.items() if counts}


def outcome_by_day(
    spec: Table,
    first: date,
    last: date,
    part: Resolved,
    silver: dict[date, Digest],
    quarantine: dict[date, Digest],
    failed: dict[date, Failed],
) -> pl.DataFrame:
    """One row per day of the range, also of days without rows: columns of `builds.SCHEMA`."""
    measures = [pl.len().alias("silver")]
    measures += [pl.col(c).sum().cast(pl.String).alias(f"money:{c}") for c in spec.money_columns]
    measures += [pl.sql_expr(sql).sum().alias(f"warn:{name}") for name, sql in spec.warnings.items()]
    valid = part.silver.group_by("_day").agg(measures)
    counted = (
        pl.DataFrame({"_day": pl.date_range(first, last, eager=True)})
        .join(valid, on="_day", how="left")
        .join(part.rejected.group_by("_day").agg(quarantined=pl.len()), on="_day", how="left")
        .join(part.superseded.group_by("_day").agg(superseded=pl.len()), on="_day", how="left")
        .join(_rejects_by_day(spec, part.rejected), on="_day", how="left")
        .sort("_day")
    )
    days = counted["_day"].to_list()
    return counted.select(
        table=pl.lit(spec.name),
        day=pl.col("_day"),
        silver=pl.col("silver").fill_null(0),
        quarantined=pl.col("quarantined").fill_null(0),
        superseded=pl.col("superseded").fill_null(0),
        rejects=pl.col("rejects").fill_null("{}"),
        warnings=_json("warn:", list(spec.warnings)),
        money=_json("money:", list(spec.money_columns), quoted=True),
        checks=pl.Series([json.dumps(failed.get(d, {})) for d in days], dtype=pl.String),
        bytes=pl.Series([silver[d][1] if d in silver else 0 for d in days], dtype=pl.Int64),
        silver_sha256=pl.Series([silver[d][0] if d in silver else None for d in days], dtype=pl.String),
        quarantine_sha256=pl.Series([quarantine[d][0] if d in quarantine else None for d in days], dtype=pl.String),
    ).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def outcome_of_table(
    spec: Table,
    snapshot: Snapshot | None,
    rejected: pl.DataFrame,
    superseded: int,
    silver: Digest | None,
    quarantine: Digest | None,
    failed: Failed,
) -> pl.DataFrame:
    """One row without a day: an undated table, or (without snapshot) the undated quarantine of a dated one."""
    return pl.DataFrame(
        {
            "table": [spec.name],
            "day": [None],
            "silver": [snapshot.silver if snapshot else 0],
            "quarantined": [rejected.height],
            "superseded": [superseded],
            "rejects": [json.dumps(rejects_by_rule(spec, rejected))],
            "warnings": ["{}"],
            "money": ["{}"],
            "checks": [json.dumps(failed)],
            "bytes": [silver[1] if silver else 0],
            "silver_sha256": [silver[0] if silver else None],
            "quarantine_sha256": [quarantine[0] if quarantine else None],
        },
        schema=SCHEMA,
    )


def rejects_by_rule(spec: Table, rejected: pl.DataFrame) -> dict[str, int]:
    """Rule -> rows that broke it; a row that broke two counts under both."""
    counts: dict[str, int] = {}
    for mask, rows in rejected.group_by("_mask").len().sort("_mask").iter_rows():
        for rule in names(spec, mask):
            counts[rule] = counts.get(rule, 0) + rows
    return counts


def _rejects_by_day(spec: Table, rejected: pl.DataFrame) -> pl.DataFrame:
    days = [
        (day, json.dumps(rejects_by_rule(spec, rows)))
        for (day,), rows in rejected.group_by("_day", maintain_order=True)
    ]
    return pl.DataFrame(days, schema={"_day": pl.Date, "rejects": pl.String}, orient="row")


def _json(prefix: str, keys: list[str], *, quoted: bool = False) -> pl.Expr:
    """A JSON object of some columns of a row, built as text for all rows at once; zeros are left out of counts."""
    if not keys:
        return pl.lit("{}")
    value = '"{}"' if quoted else "{}"
    zero = "0.00" if quoted else "0"
    parts = ", ".join(f'"{key}": {value}' for key in keys).replace("{}", "\0")
    text = pl.lit("{")
    for number, key in enumerate(keys):
        before = parts.split("\0")[number]
        text = text + pl.lit(before) + pl.col(f"{prefix}{key}").cast(pl.String).fill_null(zero)
    return text + pl.lit(parts.split("\0")[-1] + "}")
