"""The bronze step: lands the drop that the run was given, and says what every bronze table now holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake import ledger as ledgers
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import BronzeFile, Entry, Ledger
from keystone_nexus.orchestration.progress import report
from keystone_nexus.orchestration.results import Events
from keystone_nexus.orchestration.retries import retried
from keystone_nexus.orchestration.sessions import LakeResource
from keystone_nexus.orchestration.settings import Settings
from keystone_nexus.source.drop import is_csv
from keystone_nexus.source.land import land

STALE_AFTER = timedelta(days=2)


@retried
def bronze_step(context: dg.AssetExecutionContext, source: str | None, resource: LakeResource) -> Events:
    """Lands the source under the lake's lock; then one materialisation and two checks per table."""
    settings = Settings()
    where = source or settings.source or (str(settings.drop_dir) if settings.drop_dir else None)
    if where is None:
        raise Refused("no source: give one in the run's config, or set KEYSTONE_SOURCE or KEYSTONE_DROP_DIR")
    lake = settings.open_lake()
    lake.create()
    if _is_empty(settings.drop_dir, where) and ledgers.read(lake).entries:
        _say(context, f"{where} holds no CSV file: nothing was delivered")
    else:
        _land(context, lake, where)
    resource.forget()
    yield from _arrival_events(ledgers.read(lake))


def _is_empty(drop_dir: Path | None, where: str) -> bool:
    """A folder that is watched has no file until somebody delivers one, which is no fault; a named source has."""
    if drop_dir is None or where != str(drop_dir) or not drop_dir.is_dir():
        return False
    return not any(is_csv(path.name) for path in drop_dir.iterdir())


def _land(context: dg.AssetExecutionContext, lake: Lake, where: str) -> None:
    with lake.store.lock(f"ingest {where}"):
        landed = land(lake, where, report)
    if landed.passed_over:
        context.log.info(f"passed over (neither .csv nor .csv.gz): {', '.join(landed.passed_over[:100])}")
    if landed.known:
        _say(context, f"already in the lake, nothing to do for: {', '.join(landed.known)}")


def _say(context: dg.AssetExecutionContext, text: str) -> None:
    context.log.info(text)
    report(text)


def _arrival_events(ledger: Ledger) -> Events:
    """For every table that bronze has, whether or not the last entry brought rows of it."""
    for name in tables():
        files = ledger.files(name)
        if not files:
            continue
        new = [f for e, f in files if e.number == ledger.position]
        yield dg.MaterializeResult(
            asset_key=["bronze", name],
            metadata=_metadata(files, new),
            data_version=dg.DataVersion(files[-1][1].sha256[:16]),
        )
        yield _drift(name, files[-1][1])
        yield _freshness(name, *files[-1])


def _metadata(files: list[tuple[Entry, BronzeFile]], new: list[BronzeFile]) -> dict[str, Any]:
    entry, newest = files[-1]
    return {
        "dagster/row_count": sum(f.rows for _, f in files),
        "new_rows": sum(f.rows for f in new),
        "new_files": ", ".join(f.name for f in new) or "none",
        "ledger_entry": entry.number,
        "arrived_at": dg.MetadataValue.timestamp(_time(entry.at)),
        "source_sha256": newest.sha256,
        "broken_records": dg.MetadataValue.json(newest.broken),
    }


def _drift(name: str, newest: BronzeFile) -> dg.AssetCheckResult:
    extra = newest.extra_columns
    known = f"{newest.name}: {newest.rows:,} rows, all columns known to the contract"
    unknown = f"{newest.name} has columns that the contract does not know: {', '.join(extra)}"
    return dg.AssetCheckResult(
        asset_key=["bronze", name],
        check_name="schema_drift",
        passed=not extra,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"rows_checked": newest.rows, "rows_failed": 0, "unknown_columns": ", ".join(extra)},
        description=unknown if extra else known,
    )


def _freshness(name: str, newest: Entry, file: BronzeFile) -> dg.AssetCheckResult:
    age = datetime.now(UTC) - _time(newest.at)
    hours = age.total_seconds() / 3600
    return dg.AssetCheckResult(
        asset_key=["bronze", name],
        check_name="source_freshness",
        passed=age <= STALE_AFTER,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"rows_checked": file.rows, "rows_failed": 0, "hours_since_arrival": round(hours, 1)},
        description=f"{file.name}: {file.rows:,} rows arrived {hours:,.1f} hours ago, "
        f"allowed are {STALE_AFTER.total_seconds() / 3600:g}",
    )


def _time(at: str) -> datetime:
    return datetime.fromisoformat(at.replace("Z", "+00:00"))
