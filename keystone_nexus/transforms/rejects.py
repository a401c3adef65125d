"""The rows of quarantine: the source's own text, every rule broken, and where the row came from."""

from __future__ import annotations

import polars as pl

from keystone_nexus.contracts.catalog import Table
from keystone_nexus.lake.bronze import ROW_BITS, Bronze
from keystone_nexus.quality.rules import names


def columns(spec: Table) -> dict[str, pl.DataType]:
    """Name -> type of a quarantine table."""
    return {
        **{name: pl.String() for name in spec.source_columns},
        "_rules": pl.List(pl.String()),
        "_source_object": pl.String(),
        "_source_row": pl.Int64(),
        "_raw": pl.String(),
        "_day": pl.Date(),
    }


def quarantine_rows(
    spec: Table, bronze: Bronze, rejected: pl.DataFrame, folds: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The whole rows of `rejected` (`_version`, `_mask`, `_day`), sorted by day and version.

    `folds` are the rows that events made together; their record is the offset of the event that landed last.
    """
    if not rejected.height:
        return pl.DataFrame(schema=columns(spec))
    masks = rejected["_mask"].unique().to_list()
    rules = pl.DataFrame(
        {"_mask": masks, "_rules": [names(spec, mask) for mask in masks]},
        schema={"_mask": pl.UInt64(), "_rules": pl.List(pl.String())},
    )
    objects = bronze.objects(spec.name)
    ordinals = pl.DataFrame(
        {"_ordinal": range(len(objects)), "_source_object": objects},
        schema={"_ordinal": pl.UInt64(), "_source_object": pl.String()},
    )
    # The original text is read back for these few rows, instead of being carried along for all.
    kept = [*spec.source_columns, "_source_row", "_raw", "_version"]
    texts = bronze.scan(spec.name).filter(pl.col("_version").is_in(rejected["_version"].implode())).select(kept)
    texts = texts.with_columns(pl.col("_source_row").cast(pl.Int64)).collect()
    if folds is not None:
        texts = pl.concat([texts, folds.select(kept)])
    whole = (
        texts.join(rejected.join(rules, on="_mask"), on="_version")
        .with_columns(_ordinal=pl.col("_version") // 2**ROW_BITS)
        .join(ordinals, on="_ordinal")
        .sort("_day", "_version", nulls_last=True)
    )
    return whole.select(*(pl.col(name).cast(kind) for name, kind in columns(spec).items()))
