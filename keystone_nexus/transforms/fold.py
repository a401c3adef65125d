"""Folds the events of a key into one version of its row (semantics.md, "Events").

The ledger decides between files and events: the newest valid file row is the base, events that landed before it are
superseded, those after it set the columns that they carry, in the order of (event time, rank of the type, event id),
whatever their order of arrival. The fold stands where its last event landed; if it breaks a rule it is quarantined
once, and the file row stays. A repeated event counts where it landed first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from keystone_nexus.contracts.catalog import Table
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.quality.rules import clean_text, judge


@dataclass(frozen=True, slots=True)
class Folded:
    """`texts`: the folds as raw rows (source columns, `_version`, `_source_object`, `_source_row`, `_arrived`).
    `absorbed`: the event rows that are in a fold, repeated or overtaken: their key and `_version`."""

    texts: pl.DataFrame
    absorbed: pl.DataFrame


def versions(
    spec: Table, bronze: Bronze, limit: Callable[[pl.LazyFrame], pl.LazyFrame] = lambda rows: rows
) -> tuple[pl.DataFrame, Folded | None]:
    """All versions of a table without parents, judged: its files' rows and the folds of its events."""
    files = judge(spec, limit(bronze.scan(spec.name))).collect()
    if not bronze.has_events(spec.name):
        return files, None
    folded = fold(spec, bronze, files, limit(bronze.events(spec.name).lazy()).collect())
    return pl.concat([files, judge(spec, folded.texts.lazy()).collect()]), folded


def fold(spec: Table, bronze: Bronze, files: pl.DataFrame, events: pl.DataFrame) -> Folded:
    """Folds `events` (columns of `Bronze.events`) over `files` (judged rows of files, `_mask` complete)."""
    keys = judge(spec, events.lazy()).select(*spec.key, "_version").collect()
    rows = _carried(spec, events).join(keys, on="_version")
    bases = files.filter(pl.col("_mask") == 0).group_by(spec.key).agg(_base=pl.col("_version").max())
    rows = rows.join(bases, on=list(spec.key), how="left", nulls_equal=True).sort("_version")
    first = pl.struct(*spec.key, "_event_id").is_first_distinct()
    landed_after = pl.col("_version") > pl.col("_base").fill_null(0)
    live = rows.filter(first).filter(landed_after)
    texts = _onto(spec, bronze, _by_key(spec, live))
    absorbed = rows.join(texts, on="_version", how="anti").select(*spec.key, "_version")
    return Folded(texts.drop("_base"), absorbed)


def _carried(spec: Table, events: pl.DataFrame) -> pl.DataFrame:
    """Blank text is nothing, and what an event does not carry it does not change."""
    texts = [pl.when(clean_text(c).is_not_null()).then(pl.col(c.source)).alias(f"s:{c.source}") for c in spec.columns]
    return events.select(
        *texts, "_version", "_arrived", "_event_id", "_event_time", "_rank", "_source_object", "_source_row"
    )


def _by_key(spec: Table, live: pl.DataFrame) -> pl.DataFrame:
    """One row per key: the last text carried of each column, at the place of the event that landed last."""
    newest = pl.col("_version").arg_max()
    return (
        live.sort("_event_time", "_rank", "_event_id", maintain_order=True)
        .group_by(spec.key, maintain_order=True)
        .agg(
            *(pl.col(f"s:{name}").drop_nulls().last().alias(name + "\0") for name in spec.source_columns),
            pl.col("_version").max(),
            *(pl.col(name).get(newest) for name in ("_arrived", "_source_object", "_source_row")),
            pl.col("_base").first(),
        )
        .select(
            *(pl.col(name + "\0").alias(name) for name in spec.source_columns),
            "_version", "_arrived", "_source_object", "_source_row", "_base",
        )
    )  # fmt: skip


def _onto(spec: Table, bronze: Bronze, folds: pl.DataFrame) -> pl.DataFrame:
    """What no event carries stays as the file had it."""
    wanted = folds["_base"].drop_nulls()
    if wanted.len():
        base = bronze.scan(spec.name).filter(pl.col("_version").is_in(wanted.implode()))
        base = base.select("_version", *spec.source_columns).collect()
        folds = folds.join(base, left_on="_base", right_on="_version", how="left", suffix="\0")
        folds = folds.with_columns(pl.coalesce(n, n + "\0").alias(n) for n in spec.source_columns)
        folds = folds.drop(f"{n}\0" for n in spec.source_columns)
    return folds.with_columns(_raw=pl.lit(None, pl.String), _broken=pl.lit(None, pl.String))
