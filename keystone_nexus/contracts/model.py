"""The vocabulary in which a contract is written.

A contract is a Pandera (Polars) model. Its fields are made by the functions below, which say at once
what the value is (type), where it comes from (source column), what it must be (checks) and whom it
concerns (PII), so that a model reads like the table's own documentation.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import pandera.polars as pa
import polars as pl

Money = Annotated[pl.Decimal, 12, 2]
"""Brazilian reais, exact to the cent."""
Timestamp = Annotated[pl.Datetime, "us", None]
"""A time without zone, read as UTC and not shifted."""
Integer = pl.Int64
Coordinate = pl.Float64
Text = pl.String

STATES = [
    "AC",
    "AL",
    "AM",
    "AP",
    "BA",
    "CE",
    "DF",
    "ES",
    "GO",
    "MA",
    "MG",
    "MS",
    "MT",
    "PA",
    "PB",
    "PE",
    "PI",
    "PR",
    "RJ",
    "RN",
    "RO",
    "RR",
    "RS",
    "SC",
    "SE",
    "SP",
    "TO",
]
"""The 27 federative units of Brazil (ISO 3166-2:BR)."""
ZIP_PREFIX = r"^[0-9]{5}$"
FIRST_DAY = "2016-09-01"
"""Olist's data starts here: an earlier purchase or review is a mistake."""


def column(
    description: str,
    *,
    required: bool = False,
    trim: bool = True,
    pii: bool = False,
    unit: str | None = None,
    source: str | None = None,
    not_before: str | None = None,
    not_after_arrival: bool = False,
    **checks: Any,
) -> Any:
    """A column of a silver table.

    `trim=False` marks free text, whose blanks are the author's. `source` names the CSV's column where it
    differs. `not_before` bounds a time by a day; `not_after_arrival` bounds it by the UTC day after the
    arrival's ledger entry, which only the split can know. `checks` are Pandera's own (`ge`, `isin`, ...).
    """
    metadata = {
        "trim": trim,
        "pii": pii,
        "unit": unit,
        "source": source,
        "not_before": not_before,
        "not_after_arrival": not_after_arrival,
    }
    if "in_range" in checks:
        checks["in_range"] = dict(zip(("min_value", "max_value"), checks["in_range"], strict=True))
    if not_before is not None:
        checks["ge"] = datetime.fromisoformat(not_before)
    return pa.Field(nullable=not required, description=description, metadata=metadata, **checks)


def identifier(description: str, **options: Any) -> Any:
    """A required id: text without surrounding blanks."""
    return column(description, required=True, **options)


def in_order(earlier: str, later: str) -> Any:
    """A row rule named `order:<earlier>,<later>`: the second time is not before the first, where both are known."""

    def holds(cls: type, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col(earlier) <= pl.col(later))

    return pa.dataframe_check(holds, name=f"order:{earlier},{later}", ignore_na=True)


class Contract(pa.DataFrameModel):
    """The base of every contract. `Config.metadata` holds what Pandera has no word for:

    grain: what one row is. owner: who answers for it. source_file: Kaggle's name of the file.
    day: the column whose date is the row's partition, or `parent:<table>`. foreign_keys: column -> table.
    warnings: oddities that are counted and let pass, name -> SQL over the row (`order_day` is the date of
    its order's purchase).
    reject_budget: share of rejected rows above which the gate closes.
    """

    class Config:  # pyright: ignore[reportIncompatibleVariableOverride]
        strict = True
        coerce = False


__all__ = [
    "FIRST_DAY",
    "STATES",
    "ZIP_PREFIX",
    "Contract",
    "Coordinate",
    "Integer",
    "Money",
    "Text",
    "Timestamp",
    "column",
    "identifier",
    "in_order",
]
