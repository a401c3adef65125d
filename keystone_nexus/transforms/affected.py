"""Which days an arrival touches: those whose silver or quarantine differs with it (semantics.md, "Silver").

The orders that the new rows concern are resolved twice, without and with the arrival; the days on which the two
differ are affected. A new row concerns the orders that it names, and where it makes a parent valid, or stops it being
so, every order that refers to that parent. An identical re-delivery of valid rows changes nothing. The answer for a ledger entry is a
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
        counted = _superseded_more_or_less(was, now_is)
        # A build counts what is superseded: one more is added to its figure, one less makes it wrong.
        changed = _changed_days(was, now_is) | {day for day, rows in counted.items() if rows < 0}
        moves |= _moves(spec.key, was, now_is)
        superseded[spec.name] = {day: rows for day, rows in counted.items() if day is not None and rows > 0}
        if None in changed or counted.get(None):
            undated.append(spec.name)
        if dated := sorted(day for day in changed if day is not None):
            days[spec.name] = dated
    return Affected(days, undated, undated_tables, moves=sorted(moves), superseded=superseded)


def _concerned_orders(bronze: Bronze, before: Bronze) -> pl.Series:
    """Ids of the orders that new rows name, or that refer to a parent whose validity changed, either way."""
    found = [
        _new_rows(bronze, before, spec.name).select(pl.col("order_id").str.strip_chars()) for spec in dated_tables()
    ]
    for child, column, parent in _references():
        changed = _changed_validity(bronze, before, parent)
        if changed.len():
            children = bronze.every(child, ("order_id", column))
            children = children.filter(pl.col(column).str.strip_chars().is_in(changed.implode()))
            found.append(children.select(pl.col("order_id").str.strip_chars()))
    return pl.concat(found).drop_nulls().unique().collect().to_series()


def _references() -> list[tuple[str, str, str]]:
    """Dated table, its source column, and the undated parent that the column refers to.

    A dated parent needs none: it and its children share an order, which the new row names.
    """
    return [
        (spec.name, spec.column(column).source, parent)
        for spec in dated_tables()
        for column, parent in spec.foreign_keys.items()
        if not table(parent).dated
    ]


def _new_rows(bronze: Bronze, before: Bronze, name: str) -> pl.LazyFrame:
    first = len(before.objects(name)) << ROW_BITS
    columns = [*table(name).source_columns, "_broken", "_arrived"]
    return bronze.every(name, columns).filter(pl.col("_version") >= first)


def _changed_validity(bronze: Bronze, before: Bronze, parent: str) -> pl.Series:
    """Keys of a parent of which a valid version is there with the arrival and was not before, or the other way round.

    A fold of events loses its validity by a later event.
    """
    spec = table(parent)
    key = spec.column(spec.key[0])
    named = _new_rows(bronze, before, parent).select(pl.col(key.source).str.strip_chars()).drop_nulls()
    wanted = named.unique().collect().to_series()
    if not wanted.len():
        return wanted
    was, is_now = valid_keys(before, spec, wanted), valid_keys(bronze, spec, wanted)
    return pl.concat([was.filter(~was.is_in(is_now.implode())), is_now.filter(~is_now.is_in(was.implode()))])


def _changed_days(old: Resolved, new: Resolved) -> set[date | None]:
    """Days (None for undated rows) on which silver's content or the quarantined rows differ."""
    changed: list[pl.DataFrame] = []
    columns = [c for c in new.silver.columns if c not in ("_version", "order_day")]
    rejects = ["_version", "_mask", "_day"]
    for one, other in ((old, new), (new, old)):
        silver = one.silver.join(other.silver, on=columns, how="anti", nulls_equal=True)
        rejected = one.rejected.join(other.rejected, on=rejects, how="anti", nulls_equal=True)
        changed += [silver.select("_day"), rejected.select("_day")]
    return set(pl.concat(changed)["_day"].unique())


def _moves(key: Sequence[str], old: Resolved, new: Resolved) -> set[tuple[date, date]]:
    """Pairs of days between which a key of silver moved."""
    both = old.silver.select(*key, "_day").join(new.silver.select(*key, _to="_day"), on=list(key))
    return set(both.filter(pl.col("_day") != pl.col("_to")).select("_day", "_to").unique().iter_rows())


def _superseded_more_or_less(old: Resolved, new: Resolved) -> dict[date | None, int]:
    """Day (None for what has none) -> rows more that are superseded there; fewer are negative."""
    was, is_now = (one.superseded.group_by("_day").len().rows() for one in (old, new))
    before, after = dict(was), dict(is_now)
    differences = {day: after.get(day, 0) - before.get(day, 0) for day in before | after}
    return {day: rows for day, rows in differences.items() if rows}


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
