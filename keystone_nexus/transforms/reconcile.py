"""The invariant: rows of bronze = silver + quarantined + superseded + pending, exactly, for every table.

Bronze rows are those that were counted when they were read; the other side is what the builds counted, plus the
rows that identical re-deliveries superseded on days that did not have to be built again, plus the rows of the days
that are pending, counted by resolving bronze.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from keystone_nexus.contracts.catalog import Table, tables
from keystone_nexus.lake import builds
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.lake import Lake
from keystone_nexus.transforms.affected import affected
from keystone_nexus.transforms.pending import Pending, pending
from keystone_nexus.transforms.resolver import Resolver, orders_of_days


@dataclass(frozen=True, slots=True)
class Balance:
    """One table's rows by outcome."""

    table: str
    bronze: int
    silver: int
    quarantined: int
    superseded: int
    pending: int

    @property
    def difference(self) -> int:
        return self.bronze - self.silver - self.quarantined - self.superseded - self.pending


def balances(
    lake: Lake, bronze: Bronze, names: Iterable[str] | None = None, resolver: Resolver | None = None
) -> list[Balance]:
    """The balance of tables (all by default) as of the ledger. `resolver` has resolved the whole of bronze before."""
    built = builds.read(lake)
    late = pending(lake, bronze, built)
    specs = [spec for name, spec in tables().items() if names is None or name in names]
    if late.undated:
        resolver = resolver if resolver and resolver.whole else Resolver(bronze)
    elif any(spec.name in late.days for spec in specs):
        resolver = Resolver(bronze, orders_of_days(bronze, late.all_days))
    else:
        resolver = None
    return [_balance(spec, lake, bronze, built, late, resolver) for spec in specs]


def _balance(
    spec: Table, lake: Lake, bronze: Bronze, built: pl.DataFrame, late: Pending, resolver: Resolver | None
) -> Balance:
    rows = bronze.rows(spec.name)
    mine = built.filter(pl.col("table") == spec.name)
    if not spec.dated and spec.name in late.tables:
        return Balance(spec.name, rows, 0, 0, 0, rows)
    days = late.days.get(spec.name, [])
    undated_late = spec.dated and late.undated
    if days or undated_late:
        on_time = ~pl.col("day").is_in(days) if days else pl.lit(value=True)
        on_time = pl.when(pl.col("day").is_null()).then(pl.lit(not undated_late)).otherwise(on_time)
        mine = mine.filter(on_time)
    waiting = _rows_of(spec, resolver, days, undated_late) if resolver else 0
    silver, quarantined, superseded = (int(mine[c].sum()) for c in ("silver", "quarantined", "superseded"))
    return Balance(spec.name, rows, silver, quarantined, superseded + _since(spec, lake, bronze, mine), waiting)


def _since(spec: Table, lake: Lake, bronze: Bronze, built: pl.DataFrame) -> int:
    """Rows that later entries superseded on days that they left as they were."""
    if not spec.dated:
        return 0
    positions = dict(built.select("day", "position").iter_rows())
    more = 0
    for number in range(2, bronze.ledger.position + 1):
        for day, rows in affected(lake, bronze, number).superseded.get(spec.name, {}).items():
            more += rows if number > positions.get(day, number) else 0
    return more


def _rows_of(spec: Table, resolver: Resolver, days: list[date], undated: bool) -> int:
    """Rows of bronze on some days, by resolving it."""
    if not spec.dated:
        return 0
    if not days and resolver.whole:
        return resolver.undated_rows(spec.name) if undated else 0
    resolved = resolver.table(spec.name)
    wanted = pl.col("_day").is_in(days)
    if undated:
        wanted = wanted | pl.col("_day").is_null()
    return sum(f.filter(wanted).height for f in (resolved.silver, resolved.rejected, resolved.superseded))
