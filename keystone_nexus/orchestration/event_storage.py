"""Dagster's SQLite event log, written in batches.

A backfill of all days of the dated tables is some 9,000 events. Stock storage opens an engine, reflects the schema
and commits several times for each (minutes in all); this class writes a batch to the run's shard once and to the
index once. It only changes how events are written: the tables and everything that reads them are Dagster's own.
Where Dagster is not the version that this was verified with, it does what stock storage does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import sqlalchemy as db
from dagster import __version__ as dagster_version
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluation
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetKeyTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData, serialize_value
from sqlalchemy.pool import NullPool

VERIFIED = "1.13."
BATCHED = {DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_CHECK_EVALUATION}


class BatchedSqliteEventLogStorage(SqliteEventLogStorage):
    """`SqliteEventLogStorage` whose batches are two transactions, whatever their size."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, db.engine.Engine] = {}
        self._tables: set[str] = set()
        self._columns: dict[str, bool] = {}
        self._verified = dagster_version.startswith(VERIFIED)
        super().__init__(base_dir, inst_data)
        if not self._verified:
            logging.getLogger("keystone").warning(
                "Dagster %s is not the verified %sx: events are written one by one", dagster_version, VERIFIED
            )

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> BatchedSqliteEventLogStorage:
        """Stock's own returns the stock class by name: without this the subclass is silently not used."""
        return cls(inst_data=inst_data, **config_value)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; a table that is there stays there."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _has_asset_key_col_on_connection(self, conn: db.engine.Connection, column_name: str) -> bool:
        if column_name not in self._columns:
            self._columns[column_name] = super()._has_asset_key_col_on_connection(conn, column_name)
        return self._columns[column_name]

    @contextmanager
    def _connect(self, shard: str) -> Iterator[db.engine.Connection]:
        """As stock, with the shard's engine made once."""
        with self._db_lock:
            if shard not in self._engines:
                self._engines[shard] = db.create_engine(
                    self.conn_string_for_shard(shard),
                    poolclass=NullPool,
                    connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
                )
            engine = self._engines[shard]
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Stores events of one run. What is not a materialisation or an evaluation goes the stock way, in order."""
        if not self._verified or len({e.run_id for e in events}) != 1 or not all(map(_is_batched, events)):
            super().store_event_batch(events)
            return
        rows = [self._event_to_row(event) for event in events]
        with self.run_connection(events[0].run_id) as connection:
            connection.execute(SqlEventLogStorageTable.insert(), rows)
        with self.index_connection() as connection:
            # A write that changes nothing takes the write lock, so that the ids below are ours.
            connection.execute(AssetKeyTable.update().where(db.false()).values(asset_key=""))
            last = connection.execute(db.select(db.func.max(SqlEventLogStorageTable.c.id))).scalar() or 0
            ids = list(range(last + 1, last + 1 + len(events)))
            connection.execute(
                SqlEventLogStorageTable.insert(), [{**row, "id": id_} for row, id_ in zip(rows, ids, strict=True)]
            )
            self._store_materializations(connection, events, ids)
            self._store_evaluations(connection, events, ids)

    def _store_materializations(
        self, connection: db.engine.Connection, events: Sequence[EventLogEntry], ids: Sequence[int]
    ) -> None:
        pairs = [(e, i) for e, i in zip(events, ids, strict=True) if e.dagster_event_type in ASSET_EVENTS]
        if not pairs:
            return
        self._store_asset_event_tags(connection, [e for e, _ in pairs], [i for _, i in pairs])
        newest = {cast("Any", event.dagster_event).asset_key: (event, id_) for event, id_ in pairs}
        for event, id_ in newest.values():
            self._store_asset_event(connection, event, id_)

    def _store_evaluations(
        self, connection: db.engine.Connection, events: Sequence[EventLogEntry], ids: Sequence[int]
    ) -> None:
        """Updates the planned rows of these checks in this run, and inserts where there is none."""
        pairs = [(e, i) for e, i in zip(events, ids, strict=True) if e.dagster_event_type in ASSET_CHECK_EVENTS]
        if not pairs:
            return
        planned = self._planned(connection, pairs)
        updates: list[dict[str, Any]] = []
        inserts: list[dict[str, Any]] = []
        for event, id_ in pairs:
            row = self._evaluation_row(event, id_)
            found = planned.get((row["asset_key"], row["check_name"], row["partition"]))
            if found is None:
                inserts.append(row)
            else:
                updates.append({"row_id": found, **{k: v for k, v in row.items() if k not in KEYS}})
        if updates:
            statement = AssetCheckExecutionsTable.update().where(AssetCheckExecutionsTable.c.id == db.bindparam("row_id"))
            connection.execute(statement, updates)
        if inserts:
            connection.execute(AssetCheckExecutionsTable.insert(), inserts)

    def _planned(
        self, connection: db.engine.Connection, pairs: list[tuple[EventLogEntry, int]]
    ) -> dict[tuple[str, str, str | None], int]:
        """(asset, check, partition) -> id of the run's rows of the checks in a batch."""
        table = AssetCheckExecutionsTable.c
        names = {_evaluation(event).check_name for event, _ in pairs}
        rows = connection.execute(
            db.select(table.id, table.asset_key, table.check_name, table.partition).where(
                db.and_(table.run_id == pairs[0][0].run_id, table.check_name.in_(names))
            )
        ).fetchall()
        return {(asset, check, partition): id_ for id_, asset, check, partition in rows}

    def _evaluation_row(self, event: EventLogEntry, id_: int) -> dict[str, Any]:
        evaluation = _evaluation(event)
        target = evaluation.target_materialization_data
        status = AssetCheckExecutionRecordStatus.SUCCEEDED if evaluation.passed else AssetCheckExecutionRecordStatus.FAILED
        return {
            "asset_key": evaluation.asset_key.to_string(),
            "check_name": evaluation.check_name,
            "partition": evaluation.partition,
            "run_id": event.run_id,
            "execution_status": status.value,
            "evaluation_event": serialize_value(event),
            "evaluation_event_timestamp": self._event_insert_timestamp(event),
            "evaluation_event_storage_id": id_,
            "materialization_event_storage_id": target.storage_id if target else None,
        }


KEYS = ("asset_key", "check_name", "partition", "run_id")


def _is_batched(event: EventLogEntry) -> bool:
    return event.is_dagster_event and event.dagster_event_type in BATCHED and bool(event.run_id)


def _evaluation(event: EventLogEntry) -> AssetCheckEvaluation:
    return cast("AssetCheckEvaluation", cast("Any", event.dagster_event).event_specific_data)


__all__ = ["BatchedSqliteEventLogStorage"]
