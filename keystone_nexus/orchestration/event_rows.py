"""Dagster's events as rows, and how a batch of them is indexed: what the storages in SQLite and PostgreSQL share.

Only SQL that both understand, with `?` for values. Two exceptions to stock, both about asset checks of range runs, are
explained in `event_storage`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, EVENT_TYPE_TO_PIPELINE_RUN_STATUS
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._serdes import deserialize_value

from keystone_nexus.orchestration.check_rows import CheckRow, ChecksOfRun, Index, check_row, status_of
from keystone_nexus.orchestration.sqlite_schema import stamp

INDEXED = ASSET_EVENTS | ASSET_CHECK_EVENTS | set(EVENT_TYPE_TO_PIPELINE_RUN_STATUS)

INSERT_EVENT = (
    "INSERT INTO event_logs (id, run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_TAG = 'INSERT INTO asset_event_tags (event_id, asset_key, "key", value, event_timestamp) VALUES (?, ?, ?, ?, ?)'
Row = tuple[Any, ...]


class Target(NamedTuple):
    """The materialisation that a verdict is about."""

    storage_id: int
    run_id: str
    timestamp: float


class DayRow(NamedTuple):
    """A materialisation of one day, already JSON."""

    asset_key: str
    partition: str
    timestamp: float
    event: str


class VerdictRow(NamedTuple):
    """A check's verdict on one day; `event` gives its JSON once the materialisation it is about has an id."""

    asset_key: str
    check_name: str
    partition: str | None
    passed: bool
    timestamp: float
    event: Callable[[Target | None], str]


def is_indexed(event: EventLogEntry) -> bool:
    """Whether Dagster asks for such events across runs."""
    return event.is_dagster_event and event.dagster_event_type in INDEXED


def rows_of_days(
    run_id: str, step_key: str, ids: Sequence[int], days: Sequence[DayRow], verdicts: Sequence[VerdictRow]
) -> tuple[list[Row], list[CheckRow]]:
    """The events of a step's days, and its verdicts with the materialisations that they are about. `ids` are theirs."""
    rows: list[Row] = [
        (run_id, d.event, "ASSET_MATERIALIZATION", stamp(d.timestamp), step_key, d.asset_key, d.partition) for d in days
    ]
    targets = {
        (d.asset_key, d.partition): Target(i, run_id, d.timestamp) for i, d in zip(ids[: len(days)], days, strict=True)
    }
    checks: list[CheckRow] = []
    for i, v in zip(ids[len(days) :], verdicts, strict=True):
        target = targets.get((v.asset_key, cast("str", v.partition)))
        event, at = v.event(target), stamp(v.timestamp)
        rows.append((run_id, event, "ASSET_CHECK_EVALUATION", at, step_key, None, None))
        target_id = target.storage_id if target else None
        checks.append(CheckRow(v.asset_key, v.check_name, v.partition, status_of(v.passed), event, at, i, target_id))
    return rows, checks


class BatchedEvents(SqlEventLogStorage):
    """Indexing of a batch within one transaction. A storage adds how it connects."""

    MOVE_CHECK_LAST = (
        "UPDATE asset_check_executions SET id = (SELECT max(id) + 1 FROM asset_check_executions) WHERE id = ?"
    )

    @property
    def is_fast(self) -> bool:
        """Whether the verified schema is there, so that rows may be written directly."""
        raise NotImplementedError

    def store_days(
        self,
        run_id: str,
        step_key: str,
        days: Sequence[DayRow],
        tags: Mapping[str, Mapping[str, str]],
        verdicts: Sequence[VerdictRow],
    ) -> None:
        """Materialisations and verdicts by day of one step, all or nothing."""
        raise NotImplementedError

    def _row(self, event: EventLogEntry) -> Row:
        row = self._event_to_row(event)
        return (
            row["run_id"],
            row["event"],
            row["dagster_event_type"],
            stamp(event.timestamp),
            row["step_key"],
            row["asset_key"],
            row["partition"],
        )

    def _index_events(self, index: Index, events: Sequence[tuple[int, EventLogEntry, Row]]) -> None:
        self._index_assets(index, [(storage_id, event) for storage_id, event, _ in events])
        by_run: dict[str, list[CheckRow]] = defaultdict(list)
        for storage_id, event, row in events:
            if event.dagster_event_type in ASSET_CHECK_EVENTS:
                by_run[event.run_id].append(check_row(event, storage_id, row))
        for run_id, checks in by_run.items():
            self._write_checks(index, run_id, checks)

    def _index_assets(self, index: Index, events: Iterable[tuple[int, EventLogEntry]]) -> None:
        """Tags of all, and one row per asset: of several events of a type the last one decides."""
        tags: list[Row] = []
        last: dict[tuple[str, str], tuple[int, EventLogEntry]] = {}
        for storage_id, event in events:
            dagster_event = event.dagster_event
            if event.dagster_event_type not in ASSET_EVENTS or not dagster_event or not dagster_event.asset_key:
                continue
            key = dagster_event.asset_key.to_string()
            for name, value in self._tags_for_asset_event(event).items():
                tags.append((storage_id, key, name, value, stamp(event.timestamp)))
            last.pop((key, dagster_event.event_type_value), None)  # so that it comes last again
            last[key, dagster_event.event_type_value] = (storage_id, event)
        if tags:
            index.executemany(INSERT_TAG, tags)
        # By key, so that two transactions that write the same assets wait for each other and never block for good.
        for (key, _), (storage_id, event) in sorted(last.items(), key=lambda one: one[0][0]):
            self._upsert_asset(index, key, self._get_asset_entry_values(event, storage_id, True))

    def _upsert_asset(self, index: Index, key: str, values: Mapping[str, Any]) -> None:
        if not values:
            return
        texts = {
            name: v.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(v, datetime) else v for name, v in values.items()
        }
        marks = ", ".join("?" for _ in range(len(texts) + 1))
        updates = ", ".join(f"{name} = excluded.{name}" for name in texts)
        index.execute(
            f"INSERT INTO asset_keys (asset_key, {', '.join(texts)}) VALUES ({marks}) "
            f"ON CONFLICT (asset_key) DO UPDATE SET {updates}",
            (key, *texts.values()),
        )

    def _write_checks(self, index: Index, run_id: str, checks: Sequence[CheckRow]) -> None:
        by_check: dict[tuple[str, str], list[CheckRow]] = defaultdict(list)
        for check in checks:
            by_check[check.asset_key, check.check_name].append(check)
        for (asset_key, name), of_check in by_check.items():
            known = ChecksOfRun(index, asset_key, name, run_id)
            for check in of_check:
                known.write(check)
            known.finish(self.MOVE_CHECK_LAST)

    def _index_day_assets(
        self, index: Index, ids: Sequence[int], days: Sequence[DayRow], tags: Mapping[str, Mapping[str, str]]
    ) -> None:
        kept = {key: self.get_asset_tags_to_index(set(of_asset)) for key, of_asset in tags.items()}
        found = [
            (i, day.asset_key, name, tags[day.asset_key][name], stamp(day.timestamp))
            for i, day in zip(ids, days, strict=False)
            for name in kept.get(day.asset_key, ())
        ]
        if found:
            index.executemany(INSERT_TAG, found)
        for key, n in sorted({day.asset_key: n for n, day in enumerate(days)}.items()):
            entry = deserialize_value(days[n].event, EventLogEntry)
            self._upsert_asset(index, key, self._get_asset_entry_values(entry, ids[n], True))
