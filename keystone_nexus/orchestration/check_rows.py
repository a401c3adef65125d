"""How asset checks stand in Dagster's index: one row per check, run and partition, settled when it is evaluated."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from typing import Any, NamedTuple, cast

from dagster._core.errors import DagsterInvariantViolationError
from dagster._core.events import DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as Status

INSERT_CHECK = (
    "INSERT INTO asset_check_executions (asset_key, check_name, partition, run_id, execution_status, "
    "evaluation_event, evaluation_event_timestamp, evaluation_event_storage_id, materialization_event_storage_id) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
UPDATE_CHECK = (
    "UPDATE asset_check_executions SET execution_status = ?, evaluation_event = ?, evaluation_event_timestamp = ?, "
    "evaluation_event_storage_id = ?, materialization_event_storage_id = ? WHERE id = ?"
)
MOVE_CHECK_LAST = "UPDATE asset_check_executions SET id = (SELECT max(id) + 1 FROM asset_check_executions) WHERE id = ?"
CHECKS_OF_RUN = (
    "SELECT id, partition, execution_status FROM asset_check_executions "
    "WHERE asset_key = ? AND check_name = ? AND run_id = ?"
)


class CheckRow(NamedTuple):
    """What an asset check event says to `asset_check_executions`. `status` is PLANNED for a planned one."""

    asset_key: str
    check_name: str
    partition: str | None
    status: str
    event: str
    timestamp: str
    storage_id: int
    target: int | None


class ChecksOfRun:
    """The rows that a run has for a check, by partition."""

    def __init__(self, rows: dict[str | None, list[int]]) -> None:
        self.rows = rows
        self.wrote_days = False

    @classmethod
    def read(cls, index: sqlite3.Connection, asset_key: str, name: str, run_id: str) -> ChecksOfRun:
        rows: dict[str | None, list[int]] = defaultdict(list)
        for row_id, partition, _ in index.execute(CHECKS_OF_RUN, (asset_key, name, run_id)):
            rows[partition].append(row_id)
        return cls(rows)

    def write(self, index: sqlite3.Connection, run_id: str, check: CheckRow) -> None:
        """Settles the planned row, or adds one where nothing was planned."""
        values = (check.status, check.event, check.timestamp, check.storage_id, check.target)
        ids = self.rows.get(check.partition, [])
        if check.status == Status.PLANNED.value or not run_id or not ids:
            row = (check.asset_key, check.check_name, check.partition, run_id, *values)
            self.rows.setdefault(check.partition, []).append(index.execute(INSERT_CHECK, row).lastrowid or 0)
        elif len(ids) == 1:
            index.execute(UPDATE_CHECK, (*values, ids[0]))
        else:
            raise DagsterInvariantViolationError(
                f"{len(ids)} rows for asset check {check.check_name} on {check.asset_key}: duplicate planned events."
            )
        self.wrote_days |= check.partition is not None

    def move_overall_last(self, index: sqlite3.Connection) -> None:
        """Makes the row without a partition the newest again: by the newest row Dagster judges a check."""
        if self.wrote_days and self.rows.get(None):
            index.execute(MOVE_CHECK_LAST, (self.rows[None][0],))


def next_id(index: sqlite3.Connection) -> int:
    return (index.execute("SELECT max(id) FROM event_logs").fetchone()[0] or 0) + 1


def status_of(passed: bool) -> str:
    return Status.SUCCEEDED.value if passed else Status.FAILED.value


def check_row(event: EventLogEntry, storage_id: int, row: tuple[Any, ...]) -> CheckRow:
    """A check event as a row. A planned one has no partition, even in a run of many."""
    data = cast("Any", event.get_dagster_event().event_specific_data)
    key = data.asset_key.to_string()
    if event.dagster_event_type == DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED:
        return CheckRow(key, data.check_name, None, Status.PLANNED.value, row[1], row[3], storage_id, None)
    about = data.target_materialization_data
    target = about.storage_id if about else None
    return CheckRow(key, data.check_name, data.partition, status_of(data.passed), row[1], row[3], storage_id, target)
