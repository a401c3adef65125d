"""Dagster's SQLite event log, written in batches: the same files and tables, a small part of the time.

Stock storage opens an engine, reflects the schema and commits two to five times for every event (about 13 ms), and
loads every Alembic migration for each new run. Here a batch is one transaction in the run's shard and one in the
index, connections stay open, and a new database is made from Dagster's own table definitions at once.

Only writing and opening differ, with two exceptions, both about asset checks of range runs. A planned check is one row
without a partition, where stock writes one per day that nobody ever settles: every check of ours gives an overall
result. And that row always is the newest of its run, because Dagster judges a check by the newest row, which
otherwise would be that of the last day.

All of it relies on Dagster's schema, so it holds for one Alembic revision and one minor version. With any other, the
stock code runs instead, and says so once.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as db
from dagster._config import StringSource
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.migration import ASSET_DATA_MIGRATIONS, EVENT_LOG_DATA_MIGRATIONS
from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from keystone_nexus.orchestration import sqlite_schema
from keystone_nexus.orchestration.event_rows import (
    INSERT_EVENT,
    BatchedEvents,
    DayRow,
    VerdictRow,
    is_indexed,
    rows_of_days,
)
from keystone_nexus.orchestration.sqlite_schema import COLUMNS, create_database, known_dagster, known_schema

log = logging.getLogger(__name__)

OPEN_RUN_SHARDS = 4


class BatchedSqliteEventLogStorage(BatchedEvents, SqliteEventLogStorage):
    """Stock event log storage with fast writing. Configured like it: `config: {base_dir: ...}`."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._pid = os.getpid()
        self._connections: OrderedDict[str, sqlite3.Connection] = OrderedDict()
        self._abandoned: list[sqlite3.Connection] = []
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()
        index = Path(base_dir) / f"{INDEX_SHARD_NAME}.db"
        if known_dagster():
            create_database(index, SqlEventLogStorageMetadata, [*EVENT_LOG_DATA_MIGRATIONS, *ASSET_DATA_MIGRATIONS])
        self._fast = known_dagster() and known_schema(index)
        if not self._fast:
            log.warning(
                "Dagster %s or the schema of %s is not the verified one (%s, revision %s): events are stored by "
                "Dagster's own, slower code",
                dg.__version__,
                index,
                sqlite_schema.DAGSTER_MINOR,
                sqlite_schema.REVISION,
            )
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> Any:
        """As stock."""
        return {"base_dir": StringSource}

    @classmethod
    def from_config_value(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> BatchedSqliteEventLogStorage:
        """Stock names its own class here, so a subclass that inherited this would silently not be used."""
        return cls(inst_data=inst_data, **config_value)

    @property
    def is_fast(self) -> bool:
        """Whether the verified schema is there, so that rows may be written directly."""
        return self._fast

    # Connections

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """Stock makes an engine for every connection; an engine without a pool can be kept."""
        if not self._fast:
            with super()._connect(shard) as connection:
                yield connection
            return
        with self._db_lock:
            self._make_shard(shard)
            engine = self._engines.get(shard)
            if engine is None:
                engine = self._engines[shard] = db.create_engine(
                    self.conn_string_for_shard(shard),
                    poolclass=NullPool,
                    connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
                )
                while len(self._engines) > 4 * OPEN_RUN_SHARDS:
                    self._engines.pop(next(iter(self._engines)))
            with engine.connect() as connection, connection.begin():
                yield connection

    def _make_shard(self, shard: str) -> None:
        """A run's database with all tables; one of an older Dagster goes through Dagster's own code, as in stock."""
        if shard in self._initialized_dbs:
            return
        path = Path(self.path_for_shard(shard))
        create_database(path, SqlEventLogStorageMetadata)
        if not known_schema(path, {}):
            self._initdb(db.create_engine(self.conn_string_for_shard(shard), poolclass=NullPool))
        self._initialized_dbs.add(shard)

    def _raw(self, shard: str) -> sqlite3.Connection:
        """An open connection for writing. The caller holds the lock."""
        if os.getpid() != self._pid:  # a connection must not be used across a fork, nor closed
            self._abandoned += self._connections.values()
            self._connections.clear()
            self._pid = os.getpid()
        if shard in self._connections:
            self._connections.move_to_end(shard)
            return self._connections[shard]
        self._make_shard(shard)
        connection = sqlite3.connect(
            self.path_for_shard(shard),
            timeout=SQLITE_BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        # With WAL the last commits may be lost when power fails, never the database; a killed process loses nothing.
        connection.execute("PRAGMA synchronous=NORMAL")
        self._connections[shard] = connection
        while len(self._connections) > OPEN_RUN_SHARDS:
            self._connections.pop(next(iter(self._connections))).close()
        return connection

    @contextmanager
    def _write(self, shard: str) -> Iterator[sqlite3.Connection]:
        """One transaction of a shard."""
        connection = self._raw(shard)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has ended it already
                connection.execute("ROLLBACK")
            raise
        # The UI watches the file itself, which WAL leaves alone while a connection is open.
        os.utime(self.path_for_shard(shard))

    def _close_connections(self) -> None:
        with self._db_lock:
            for connection in self._connections.values():
                connection.close()
            self._connections.clear()
            self._engines.clear()

    def dispose(self) -> None:
        """Closes what is open."""
        self._close_connections()
        super().dispose()

    def wipe(self) -> None:
        """Deletes all events, with the files of the runs."""
        self._close_connections()
        super().wipe()

    def upgrade(self) -> None:
        """Migrates the schema."""
        self._close_connections()
        super().upgrade()

    # What stock asks the schema for, again and again

    def has_table(self, table_name: str) -> bool:
        """Remembered once it is there."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        if self._fast:
            return column_name in COLUMNS["asset_keys"].split()
        return super()._has_asset_key_col_on_connection(conn, column_name)

    # Writing

    def store_event(self, event: EventLogEntry) -> None:
        """One event, as a batch of one."""
        if self._fast:
            self._store(event.run_id, [event])
        else:
            super().store_event(event)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """A transaction per run and database."""
        if not self._fast:
            super().store_event_batch(events)
            return
        by_run: dict[str, list[EventLogEntry]] = defaultdict(list)
        for event in events:
            by_run[event.run_id].append(event)
        for run_id, of_run in by_run.items():
            self._store(run_id, of_run)

    def _store(self, run_id: str, events: Sequence[EventLogEntry]) -> None:
        """All events in the run's shard, and those that Dagster asks for across runs in the index too."""
        rows = [self._row(event) for event in events]
        indexed = [(event, row) for event, row in zip(events, rows, strict=True) if is_indexed(event)]
        with self._db_lock, ExitStack() as transactions:
            # Entered first, committed last: a crash between the two commits leaves what it leaves in stock.
            index = transactions.enter_context(self._write(INDEX_SHARD_NAME)) if indexed else None
            shard = transactions.enter_context(self._write(run_id))
            shard.executemany(INSERT_EVENT, [(None, *row) for row in rows])
            if index:
                ids = _next_ids(index, len(indexed))
                index.executemany(INSERT_EVENT, [(i, *row) for i, (_, row) in zip(ids, indexed, strict=True)])
                self._index_events(index, [(i, *pair) for i, pair in zip(ids, indexed, strict=True)])

    def store_days(
        self,
        run_id: str,
        step_key: str,
        days: Sequence[DayRow],
        tags: Mapping[str, Mapping[str, str]],
        verdicts: Sequence[VerdictRow],
    ) -> None:
        """Materialisations and verdicts by day of one step, all or nothing; `tags` are those of an asset's days.

        Only where `is_fast`. The events are JSON already, as `store_event_batch` would have written it.
        """
        with self._db_lock, ExitStack() as transactions:
            index = transactions.enter_context(self._write(INDEX_SHARD_NAME))
            ids = _next_ids(index, len(days) + len(verdicts))
            rows, checks = rows_of_days(run_id, step_key, ids, days, verdicts)
            shard = transactions.enter_context(self._write(run_id))
            shard.executemany(INSERT_EVENT, [(None, *row) for row in rows])
            index.executemany(INSERT_EVENT, [(i, *row) for i, row in zip(ids, rows, strict=True)])
            self._index_day_assets(index, ids, days, tags)
            self._write_checks(index, run_id, checks)


def _next_ids(index: sqlite3.Connection, count: int) -> range:
    """What the next rows of the index are numbered, so that one statement may insert them all."""
    first = (index.execute("SELECT max(id) FROM event_logs").fetchone()[0] or 0) + 1
    return range(first, first + count)
