"""Casts text to what the contract says, and finds every rule that a row breaks: all of it Polars expressions.

The broken rules of a row are one integer, bit n for the n-th rule of `Table.rules()`, so that a million rows
cost eight megabytes and no list is built but for the few that are rejected. semantics.md, "Cleaning", is the
source of every pattern here.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from keystone_nexus.contracts.catalog import Column, Table

MONEY = r"^-?[0-9]+(\.[0-9]{1,2})?$"
INTEGER = r"^-?[0-9]+$"
COORDINATE = r"^-?[0-9]+(\.[0-9]+)?$"
TIME = r"^[0-9]{4}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9]$"
DTYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "money": pl.Decimal(12, 2),
    "timestamp": pl.Datetime("us"),
    "integer": pl.Int64(),
    "coordinate": pl.Float64(),
}


def clean_text(column: Column) -> pl.Expr:
    """The source text without surrounding blanks (free text keeps its own); null where nothing else is there."""
    text = pl.col(column.source)
    bare = text.str.strip_chars()
    return pl.when(bare != "").then(bare if column.trim else text)


def cast(column: Column, text: pl.Expr) -> pl.Expr:
    """The typed value of cleaned text, null where the text is none of its kind."""
    match column.kind:
        case "text":
            return text
        case "money":
            return pl.when(text.str.contains(MONEY)).then(text).cast(pl.Decimal(12, 2), strict=False)
        case "integer":
            return pl.when(text.str.contains(INTEGER)).then(text).cast(pl.Int64, strict=False)
        case "coordinate":
            value = pl.when(text.str.contains(COORDINATE)).then(text).cast(pl.Float64, strict=False)
            # Minus zero is zero: it would be an equal key of other bytes.
            return pl.when(value == 0).then(0.0).when(value.is_finite()).then(value)
        case "timestamp":
            plain = text.str.contains(TIME) & ~text.str.starts_with("0000")
            return pl.when(plain).then(text).str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
        case other:
            raise ValueError(f"unknown kind {other!r} of column {column.name}")


def judge(spec: Table, raw: pl.LazyFrame) -> pl.LazyFrame:
    """Typed columns, `_version`, `_arrived` and `_mask` (0 for a row that breaks no rule of its own) of bronze rows."""
    texts = raw.select(*(clean_text(c).alias(f"t:{c.name}") for c in spec.columns), "_version", "_broken", "_arrived")
    typed = texts.with_columns(*(cast(c, pl.col(f"t:{c.name}")).alias(c.name) for c in spec.columns))
    bits = {name: 1 << n for n, name in enumerate(spec.rules())}
    return typed.select(*(c.name for c in spec.columns), "_version", "_arrived", _mask(spec, bits).alias("_mask"))


def bit(spec: Table, rule: str) -> int:
    return 1 << list(spec.rules()).index(rule)


def names(spec: Table, mask: int) -> list[str]:
    """The rules of a mask, in the contract's order."""
    return [name for n, name in enumerate(spec.rules()) if mask >> n & 1]


def _mask(spec: Table, bits: dict[str, int]) -> pl.Expr:
    """The sum of the bits of all rules that a row breaks by itself; foreign keys are judged later."""
    own = pl.lit(0, dtype=pl.UInt64)
    for name, broken in _conditions(spec).items():
        own = own + pl.when(broken).then(pl.lit(bits[name], dtype=pl.UInt64)).otherwise(0)
    record = pl.lit(0, dtype=pl.UInt64)
    for kind in ("ragged", "encoding", "quote", "header"):
        record = (
            pl.when(pl.col("_broken") == kind).then(pl.lit(bits[f"record:{kind}"], dtype=pl.UInt64)).otherwise(record)
        )
    # A record that is none breaks that rule alone: its columns are unknown, not missing.
    return pl.when(pl.col("_broken").is_null()).then(own).otherwise(record)


def _conditions(spec: Table) -> dict[str, pl.Expr]:
    """Rule -> whether a row breaks it (null counts as not broken)."""
    broken: dict[str, pl.Expr] = {}
    for column in spec.columns:
        broken |= _column_conditions(column)
    for earlier, later in spec.orders:
        broken[f"order:{earlier},{later}"] = pl.col(later) < pl.col(earlier)
    return broken


def _column_conditions(column: Column) -> dict[str, pl.Expr]:
    value, text = pl.col(column.name), pl.col(f"t:{column.name}")
    broken: dict[str, pl.Expr] = {}
    if column.required:
        broken[f"required:{column.name}"] = text.is_null()
    if column.kind != "text":
        broken[f"type:{column.name}"] = text.is_not_null() & value.is_null()
    outside = _outside(column, value)
    if outside is not None:
        broken[f"range:{column.name}"] = outside
    if column.pattern is not None:
        broken[f"format:{column.name}"] = ~value.str.contains(column.pattern)
    if column.domain is not None:
        broken[f"domain:{column.name}"] = ~value.is_in(column.domain)
    return broken


def _outside(column: Column, value: pl.Expr) -> pl.Expr | None:
    """Whether a value lies outside its bounds; None where the column has none."""
    bounds: list[pl.Expr] = []
    if column.minimum is not None:
        bounds.append(value < column.minimum)
    if column.maximum is not None:
        bounds.append(value > column.maximum)
    if column.not_before is not None:
        bounds.append(value.dt.date() < date.fromisoformat(column.not_before))
    if column.not_after_arrival:
        bounds.append(value.dt.date() > pl.col("_arrived") + timedelta(days=1))
    return pl.any_horizontal(bounds) if bounds else None
