"""Which days an arrival touches: those whose silver or quarantine differs with it (semantics.md, "Silver").

The orders that the new rows concern are resolved twice, without and with the arrival; the days on which the two
differ are affected. An identical re-delivery of valid rows changes nothing. The answer for a ledger entry is a
pure function of bronze and is kept beside it (`bronze/_index`), where it may be deleted at any time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from keystone_nexus.contracts.catalog import contract_version, dated_tables, table, tables
from keystone_nexus.lake.bronze import ROW_BITS, Bronze
from keystone_nexus.lake.lake import Lake
from keystone_nexus.transforms.resolver import Resolved, Resolver, valid_keys

PARENTS = {
    "customers": ("orders", "customer_id"),
    "products": ("order_items", "product_id"),
    "sellers": ("order_items", "seller_id"),
}
"""Undated parent -> the child that waits for it and the child's column."""


@dataclass(frozen=True, slots=True)
class Affected:
    """What an arrival changes. `days`: dated table -> its days. `undated`: dated tables whose undated quarantine
    changes. `tables`: undated tables with new rows. `everything`: the first arrival, which changes all there is.
    `moves`: pairs of days between which some key moved: neither is right without the other.
    `superseded`: dated table -> day -> rows more that are superseded there, also on days that are not affected."""

    days: dict[str, list[date]] = field(default_factory=dict[str, list[date]])
    undated: list[str] = field(default_factory=list[str])
    tables: list[str] = field(default_factory=list[str])
    everything: bool = False
    moves: list[tuple[date, date]] = field(default_factory=list[tuple[date, date]])
    superseded: dict[str, dict[date, int]] = field(default_factory=dict[str, dict[date, int]])


def affected(lake: Lake, bronze: Bronze, position: int) -> Affected:
    """What entry `position` changed, from the index or computed (and then kept there)."""
    key = f"bronze/_index/{position:08d}-{contract_version()}.json"
    try:
        return _load(lake.store.read(key))
    except FileNotFoundError:
        found = compute(Bronze(lake, bronze.ledger.upto(position)))
        lake.store.put_new(key, json.dumps(_plain(found)).encode())
        return found


def compute(bronze: Bronze) -> Affected:
    """What the last entry of `bronze` changed."""
    position = bronze.ledger.position
    brought = bronze.ledger.brought(position)
    undated_tables = [t for t, spec in tables().items() if not spec.dated and t in brought]
    if position == 1:
        return Affected(tables=undated_tables, everything=True)
    before = Bronze(bronze.lake, bronze.ledger.upto(position - 1))
    orders = _concerned_orders(bronze, before)
    old, new = Resolver(before, orders), Resolver(bronze, orders)
    days: dict[str, list[date]] = {}
    undated: list[str] = []
    moves: set[tuple[date, date]] = set()
    superseded: dict[str, dict[date, int]] = {}
    for spec in dated_tables():
        was, now_is = old.table(spec.name), new.table(spec.name)
        changed = _changed_days(was, now_is)
        moves |= _moves(spec.key, was, now_is)
        more = _more_superseded(was, now_is)
        superseded[spec.name] = {day: rows for day, rows in more.items() if day is not None}
        if changed.null_count() or None in more:
            undated.append(spec.name)
        if changed.len() > changed.null_count():
            days[spec.name] = changed.drop_nulls().sort().to_list()
    return Affected(days, undated, undated_tables, moves=sorted(moves), superseded=superseded)


def _concerned_orders(bronze: Bronze, before: Bronze) -> pl.Series:
    """Ids of the orders that new rows name, or that wait for a parent which became valid."""
    found = [
        _new_rows(bronze, before, spec.name).select(pl.col("order_id").str.strip_chars()) for spec in dated_tables()
    ]
    for parent, (child, column) in PARENTS.items():
        newly = _newly_valid(bronze, before, parent)
        if newly.len():
            waiting = bronze.every(child, ("order_id", column))
            waiting = waiting.filter(pl.col(column).str.strip_chars().is_in(newly.implode()))
            found.append(waiting.select(pl.col("order_id").str.strip_chars()))
    return pl.concat(found).drop_nulls().unique().collect().to_series()


def _new_rows(bronze: Bronze, before: Bronze, name: str) -> pl.LazyFrame:
    first = len(before.objects(name)) << ROW_BITS
    columns = [*table(name).source_columns, "_broken", "_arrived"]
    return bronze.every(name, columns).filter(pl.col("_version") >= first)


def _newly_valid(bronze: Bronze, before: Bronze, parent: str) -> pl.Series:
    """Keys of a parent that are valid with the arrival and were not before."""
    spec = table(parent)
    key = spec.column(spec.key[0])
    brought = _new_rows(bronze, before, parent).select(pl.col(key.source).str.strip_chars()).collect().to_series()
    if not brought.len():
        return brought
    new = valid_keys(bronze, spec, brought.unique())
    return new.filter(~new.is_in(valid_keys(before, spec, new).implode()))


def _changed_days(old: Resolved, new: Resolved) -> pl.Series:
    """Days (null for undated rows) on which silver's content or the quarantined rows differ."""
    changed: list[pl.DataFrame] = []
    columns = [c for c in new.silver.columns if c not in ("_version", "order_day")]
    rejects = ["_version", "_mask", "_day"]
    for one, other in ((old, new), (new, old)):
        silver = one.silver.join(other.silver, on=columns, how="anti", nulls_equal=True)
        rejected = one.rejected.join(other.rejected, on=rejects, how="anti", nulls_equal=True)
        changed += [silver.select("_day"), rejected.select("_day")]
    return pl.concat(changed)["_day"].unique()


def _moves(key: Sequence[str], old: Resolved, new: Resolved) -> set[tuple[date, date]]:
    """Pairs of days between which a key of silver moved."""
    both = old.silver.select(*key, "_day").join(new.silver.select(*key, _to="_day"), on=list(key))
    return set(both.filter(pl.col("_day") != pl.col("_to")).select("_day", "_to").unique().iter_rows())


def _more_superseded(old: Resolved, new: Resolved) -> dict[date | None, int]:
    """Day (None for what has none) -> rows more that are superseded there."""
    counted = (
        new.superseded.group_by("_day")
        .len()
        .join(old.superseded.group_by("_day").agg(before=pl.len()), on="_day", how="left", nulls_equal=True)
    )
    more = counted.select("_day", more=pl.col("len") - pl.col("before").fill_null(0)).filter(pl.col("more") > 0)
    return dict(more.iter_rows())


def _plain(found: Affected) -> dict[str, object]:
    return {
        "days": {t: [str(d) for d in days] for t, days in found.days.items()},
        "undated": found.undated,
        "tables": found.tables,
        "everything": found.everything,
        "moves": [[str(a), str(b)] for a, b in found.moves],
        "superseded": {t: {str(d): n for d, n in more.items()} for t, more in found.superseded.items()},
    }


def _load(content: bytes) -> Affected:
    raw = json.loads(content)
    days = {t: [date.fromisoformat(d) for d in days] for t, days in raw["days"].items()}
    moves = [(date.fromisoformat(a), date.fromisoformat(b)) for a, b in raw["moves"]]
    superseded = {t: {date.fromisoformat(d): n for d, n in m.items()} for t, m in raw["superseded"].items()}
    return Affected(days, raw["undated"], raw["tables"], raw["everything"], moves, superseded)
