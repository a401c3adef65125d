"""How asset checks stand in Dagster's index: one row per check, run and partition, settled when it is evaluated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol, cast

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
CHECKS_OF_RUN = (
    "SELECT id, partition, execution_status FROM asset_check_executions "
    "WHERE asset_key = ? AND check_name = ? AND run_id = ?"
)


class Index(Protocol):
    """A transaction of the index, of whichever database: SQL with `?` for values."""

    def execute(self, sql: str, parameters: tuple[Any, ...] = ..., /) -> Any: ...

    def executemany(self, sql: str, parameters: Iterable[tuple[Any, ...]], /) -> Any: ...


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

    def __init__(self, index: Index, asset_key: str, name: str, run_id: str) -> None:
        self._index, self._of = index, (asset_key, name, run_id)
        self._new: dict[str | None, tuple[Any, ...]] = {}
        self._rows: dict[str | None, list[int]] = {}
        self._wrote_days = False
        if run_id:
            self._read()

    def _read(self) -> None:
        self._rows = defaultdict(list)
        for row_id, partition, _ in self._index.execute(CHECKS_OF_RUN, self._of):
            self._rows[partition].append(row_id)

    def write(self, check: CheckRow) -> None:
        """Settles the planned row, or adds one where nothing was planned. New rows go together, see `finish`."""
        run_id = self._of[2]
        if check.partition in self._new:
            self._flush()
        values = (check.status, check.event, check.timestamp, check.storage_id, check.target)
        ids = self._rows.get(check.partition, [])
        if check.status == Status.PLANNED.value or not run_id or not ids:
            self._new[check.partition] = (check.asset_key, check.check_name, check.partition, run_id, *values)
        elif len(ids) == 1:
            self._index.execute(UPDATE_CHECK, (*values, ids[0]))
        else:
            raise DagsterInvariantViolationError(
                f"{len(ids)} rows for asset check {check.check_name} on {check.asset_key}: duplicate planned events."
            )
        self._wrote_days |= check.partition is not None

    def _flush(self) -> None:
        if self._new:
            self._index.executemany(INSERT_CHECK, self._new.values())
            self._new.clear()
            if self._of[2]:
                self._read()

    def finish(self, move_last: str) -> None:
        """Inserts what is new, and makes the row without a partition the newest again: by it Dagster judges a check."""
        self._flush()
        if self._wrote_days and self._rows.get(None):
            self._index.execute(move_last, (self._rows[None][0],))


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
