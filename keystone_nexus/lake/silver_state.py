"""What silver holds, as digests: by month of the facts' tables, and as one for all of it."""

from __future__ import annotations

import hashlib

import polars as pl

from keystone_nexus.contracts.catalog import tables

FACT_TABLES = ("orders", "order_items", "order_payments")
"""The dated tables that the incremental facts are made of."""


def month_digests(built: pl.DataFrame) -> dict[str, str]:
    """`YYYY-MM-01` -> digest of the fact tables' objects of that month; months without objects are left out."""
    days = built.filter(pl.col("table").is_in(FACT_TABLES) & pl.col("silver_sha256").is_not_null())
    months = (
        days.sort("table", "day")
        .group_by(pl.col("day").dt.truncate("1mo").alias("month"), maintain_order=True)
        .agg(pl.concat_str("table", pl.col("day").cast(pl.String), "silver_sha256").str.join())
        .sort("month")
    )
    return {str(month): _digest(text) for month, text in months.iter_rows()}


def silver_digest(built: pl.DataFrame) -> str:
    """One digest of all silver objects: what a gold was built from."""
    rows = built.filter(pl.col("silver_sha256").is_not_null() & pl.col("table").is_in(list(tables())))
    lines = rows.sort("table", "day").select(
        pl.concat_str("table", pl.col("day").cast(pl.String).fill_null(""), "silver_sha256")
    )
    return _digest("\n".join(lines.to_series().to_list()))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
