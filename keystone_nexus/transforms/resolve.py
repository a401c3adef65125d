"""Which version of each key stands: the newest valid one. Every other row is superseded or quarantined.

A rejected row stays in quarantine, several of one key too, until a newer valid row of its key arrives
(semantics.md, "Silver").
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

SILVER, SUPERSEDED, QUARANTINED = 0, 1, 2


def resolve(judged: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Adds `_status` and `_winner` (the version that stands for the row's key, null where none does)."""
    valid = pl.col("_mask") == 0
    if _all_distinct(judged, key):
        status = pl.when(valid).then(SILVER).otherwise(QUARANTINED).cast(pl.Int8)
        return judged.with_columns(_status=status, _winner=pl.when(valid).then("_version"))
    winners = judged.lazy().filter(valid).group_by(key).agg(_winner=pl.col("_version").max()).collect()
    status = (
        pl.when(pl.col("_version") == pl.col("_winner"))
        .then(SILVER)
        .when(pl.col("_version") < pl.col("_winner"))
        .then(SUPERSEDED)
        .otherwise(QUARANTINED)
        .cast(pl.Int8)
    )
    return judged.join(winners, on=list(key), how="left", nulls_equal=True).with_columns(_status=status)


def _all_distinct(judged: pl.DataFrame, key: Sequence[str]) -> bool:
    distinct = judged.lazy().select(pl.struct(key).n_unique() if len(key) > 1 else pl.col(key[0]).n_unique())
    return distinct.collect().item() == judged.height
