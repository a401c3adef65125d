"""The silver steps: build, then say per day and per table what came of it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import dagster as dg
import polars as pl

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake import builds
from keystone_nexus.lake.acceptances import Acceptance, accepted
from keystone_nexus.orchestration.checks import evaluation, reconciliation_verdict, result
from keystone_nexus.orchestration.day_events import DayMaterialization, log_days
from keystone_nexus.orchestration.progress import report
from keystone_nexus.orchestration.results import Events
from keystone_nexus.orchestration.retries import retried
from keystone_nexus.quality.gates import Verdict, apply, day_verdicts, sum_counts, table_verdicts
from keystone_nexus.transforms.build import Session, build_days, build_table, build_undated_quarantine
from keystone_nexus.transforms.pending import unbuilt
from keystone_nexus.transforms.reconcile import balances


@retried
def dated_step(context: dg.AssetExecutionContext, session: Session, name: str, first: date, last: date) -> Events:
    """Builds the days of a dated table and its quarantine; every day gets its own metadata and verdict."""
    with session.lake.store.days(first, last):
        outcome = build_days(session, name, first, last)
    _say(name, outcome)
    acceptances = accepted(session.lake)
    verdicts = [apply(v, acceptances) for v in day_verdicts(tables()[name], outcome)]
    _log_days(context, name, outcome, [evaluation(v) for v in verdicts])
    # Figures of the whole range would be stamped on each of its days: the days have their own.
    yield dg.MaterializeResult(asset_key=["silver", name])
    yield dg.MaterializeResult(asset_key=["quarantine", name])
    for verdict in _table_verdicts(session, name, acceptances):
        yield result(verdict)


@retried
def table_step(session: Session, name: str) -> Events:
    """Builds an undated table and its quarantine."""
    with session.lake.store.lock(f"build {name}"):
        outcome = build_table(session, name)
    _say(name, outcome)
    acceptances = accepted(session.lake)
    totals = _totals(outcome)
    yield dg.MaterializeResult(asset_key=["silver", name], metadata=totals)
    yield dg.MaterializeResult(asset_key=["quarantine", name], metadata=totals)
    for verdict in _table_verdicts(session, name, acceptances):
        yield result(verdict)


def _say(name: str, outcome: pl.DataFrame) -> None:
    silver, quarantined = int(outcome["silver"].sum()), int(outcome["quarantined"].sum())
    report(f"silver/{name}: {silver:,} rows" + (f", {quarantined:,} quarantined" if quarantined else ""))


@retried
def undated_step(session: Session) -> Events:
    """Writes the rejected rows of dated tables whose day cannot be known."""
    with session.lake.store.lock("build the undated quarantine"):
        outcome = build_undated_quarantine(session)
    rows = dict(outcome.select("table", "quarantined").iter_rows())
    rules = sum_counts(outcome["rejects"])
    yield dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(rows.values()),
            "rows": dg.MetadataValue.json(rows),
            "rules": dg.MetadataValue.json(rules),
        }
    )


def _log_days(
    context: dg.AssetExecutionContext, name: str, outcome: pl.DataFrame, verdicts: list[dg.AssetCheckEvaluation]
) -> None:
    """One materialisation per day and asset, one verdict per day."""
    days: list[DayMaterialization] = []
    for row in outcome.iter_rows(named=True):
        metadata = _day_metadata(row)
        key = str(row["day"])
        days.append(DayMaterialization(dg.AssetKey(["silver", name]), key, metadata))
        days.append(DayMaterialization(dg.AssetKey(["quarantine", name]), key, metadata))
    log_days(context, days, verdicts)


def _day_metadata(row: dict[str, Any]) -> dict[str, Any]:
    """A day's figures: rows in (silver, quarantined, superseded), rejects by rule, sums of money."""
    silver, quarantined, superseded = row["silver"], row["quarantined"], row["superseded"]
    metadata: dict[str, Any] = {
        "dagster/partition_row_count": silver,
        "rows_in": silver + quarantined + superseded,
        "quarantined": quarantined,
    }
    if superseded:
        metadata["superseded"] = superseded
    if quarantined:
        metadata["rejects"] = dg.MetadataValue.json(json.loads(row["rejects"]))
    for column, amount in json.loads(row["money"]).items():
        metadata[f"sum_{column}"] = amount
    return metadata


def _totals(outcome: pl.DataFrame) -> dict[str, Any]:
    """Figures of all that a step built."""
    silver, quarantined, superseded = (int(outcome[c].sum()) for c in ("silver", "quarantined", "superseded"))
    return {
        "dagster/row_count": silver,
        "rows_in": silver + quarantined + superseded,
        "quarantined": quarantined,
        "superseded": superseded,
        "rejects": dg.MetadataValue.json(sum_counts(outcome["rejects"])),
    }


def _table_verdicts(session: Session, name: str, acceptances: list[Acceptance]) -> list[Verdict]:
    """The whole-table checks, of all that is built of a table and not only of what this step built."""
    built = builds.read(session.lake)
    mine = built.filter(pl.col("table") == name)
    (balance,) = balances(session.lake, session.bronze, [name], session.last_resolver)
    found = table_verdicts(tables()[name], mine, unbuilt(session.bronze, built), acceptances)
    return [*found, apply(reconciliation_verdict(balance), acceptances)]
