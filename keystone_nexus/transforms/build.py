"""Builds silver and quarantine from bronze and publishes them: a range of days, or what has no day.

Rejects are published before the valid rows, so that no row is ever missing from both. What was built is recorded
last: a build that was killed is pending, and the next one writes the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from keystone_nexus.contracts.catalog import Table, dated_tables, table
from keystone_nexus.lake import builds, ledger
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.days import OBJECT, object_key, publish_days, publish_object, write_days
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.store import Store
from keystone_nexus.quality.validate import Validation, validate, validate_parts
from keystone_nexus.transforms.outcome import Failed, failed_checks, outcome_by_day, outcome_of_table
from keystone_nexus.transforms.rejects import quarantine_rows
from keystone_nexus.transforms.resolver import Resolved, Resolver, days_between, orders_of_days
from keystone_nexus.transforms.snapshot import build_snapshot, read_parts


@dataclass
class Session:
    """What the steps of one run share: bronze at one ledger position, and its parents looked up once."""

    lake: Lake
    run_id: str

    def __post_init__(self) -> None:
        self.bronze = Bronze(self.lake, ledger.read(self.lake))
        self._resolvers: dict[tuple[date, date] | None, Resolver] = {}
        self._undated: dict[str, Resolved] = {}

    @property
    def position(self) -> int:
        return self.bronze.ledger.position

    def resolver(self, days: tuple[date, date] | None) -> Resolver:
        """The resolver of a range of days; the whole of bronze where the range covers it or is None."""
        first, last = self.bronze.ledger.first_day, self.bronze.ledger.last_day
        if days and first and last and days[0] <= first and days[1] >= last:
            days = None
        if days not in self._resolvers:
            orders = orders_of_days(self.bronze, days_between(*days)) if days else None
            self._resolvers = {days: Resolver(self.bronze, orders)}
        return self._resolvers[days]

    @property
    def last_resolver(self) -> Resolver | None:
        """The one that built last, if one did."""
        return next(iter(self._resolvers.values()), None)

    def undated(self, spec: Table) -> Resolved:
        """The rows of a dated table whose day cannot be known."""
        if spec.name not in self._undated:
            self.keep_undated(spec, self.resolver(None).table(spec.name))
        return self._undated[spec.name]

    def keep_undated(self, spec: Table, resolved: Resolved) -> None:
        """Keeps the undated rows of a table that was resolved whole, for the step that writes them."""
        self._undated[spec.name] = resolved.where(pl.col("_day").is_null())


def build_days(session: Session, name: str, first: date, last: date) -> pl.DataFrame:
    """Builds the days of one dated table, both ends included. Returns a row per day: columns of `builds.SCHEMA`."""
    spec = table(name)
    resolver = session.resolver((first, last))
    resolved = resolver.table(name)
    if resolver.whole:
        session.keep_undated(spec, resolved)
    part = resolved.where(pl.col("_day").is_between(first, last))
    columns = [c.name for c in spec.columns]
    store = session.lake.store
    with store.staging() as folder:
        write_days(
            quarantine_rows(spec, session.bronze, part.rejected, part.folds), folder / "quarantine", keep_day=True
        )
        silver = part.silver.sort("_day", *spec.key).select(*columns, "_day")
        write_days(silver, folder / "silver", keep_day=False)
        rejects = publish_days(store, folder / "quarantine", f"quarantine/{name}", first, last)
        valid = publish_days(store, folder / "silver", f"silver/{name}", first, last)
    outcome = outcome_by_day(spec, first, last, part, valid, rejects, _failed(spec, silver, resolver))
    builds.append(session.lake, outcome, session.position, session.run_id)
    return outcome


def _failed(spec: Table, silver: pl.DataFrame, resolver: Resolver) -> dict[date, Failed]:
    """The days on which a check of the published rows failed (none, or we have a bug), and what failed there."""
    validation = validate(spec.name, silver.drop("_day"), silver["_day"])
    orphans = _orphans(spec, silver, resolver)
    return {
        day: failed_checks(validation.days.get(day, Validation(0, {}, 0)), orphans.get(day, {}))
        for day in validation.days.keys() | orphans.keys()
    }


def _orphans(spec: Table, silver: pl.DataFrame, resolver: Resolver) -> dict[date, dict[str, int]]:
    """Silver rows whose parent no valid row of bronze is, by day and foreign key: an anti-join, not the split's own
    way."""
    found: dict[date, dict[str, int]] = {}
    for column, parent in spec.foreign_keys.items():
        keys = resolver.order_days()["order_id"] if parent == "orders" else resolver.valid_keys(parent, silver[column])
        lost = silver.join(keys.alias(column).to_frame(), on=column, how="anti")
        for day, rows in lost.group_by("_day").len().iter_rows():
            found.setdefault(day, {})[column] = rows
    return found


def build_undated_quarantine(session: Session) -> pl.DataFrame:
    """Writes the rejected rows of the dated tables whose day cannot be known. One row per table."""
    outcomes = [_build_undated_quarantine(session, spec) for spec in dated_tables()]
    outcome = pl.concat(outcomes)
    builds.append(session.lake, outcome, session.position, session.run_id)
    return outcome


def _build_undated_quarantine(session: Session, spec: Table) -> pl.DataFrame:
    undated = session.undated(spec)
    rejects = quarantine_rows(spec, session.bronze, undated.rejected, undated.folds)
    store = session.lake.store
    with store.staging() as folder:
        digest = _publish_rejects(store, spec, rejects, folder / "rejects.parquet")
    return outcome_of_table(spec, None, undated.rejected, undated.superseded.height, None, digest, {})


def build_table(session: Session, name: str) -> pl.DataFrame:
    """Builds an undated table and its quarantine as a whole. Returns one row: columns of `builds.SCHEMA`."""
    spec = table(name)
    store = session.lake.store
    with store.staging() as folder:
        snapshot = build_snapshot(spec, session.bronze, folder / "silver.parquet")
        rejects = quarantine_rows(spec, session.bronze, snapshot.rejected, snapshot.folds)
        validation = validate_parts(name, read_parts(spec, folder / "silver.parquet"))
        rejects_digest = _publish_rejects(store, spec, rejects, folder / "rejects.parquet")
        digest = publish_object(store, folder / "silver.parquet", f"silver/{name}/{OBJECT}")
    outcome = outcome_of_table(
        spec, snapshot, snapshot.rejected, snapshot.superseded, digest, rejects_digest, failed_checks(validation, {})
    )
    builds.append(session.lake, outcome, session.position, session.run_id)
    return outcome


def _publish_rejects(store: Store, spec: Table, rows: pl.DataFrame, staged: Path) -> tuple[str, int] | None:
    """The rejected rows that have no day."""
    key = object_key(f"quarantine/{spec.name}", None)
    if not rows.height:
        store.remove([key])
        return None
    rows.write_parquet(staged, compression="snappy")
    return publish_object(store, staged, key)
