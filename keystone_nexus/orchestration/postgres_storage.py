"""Dagster's storage in PostgreSQL with events written in batches: the same tables, a small part of the time.

Stock opens a connection for each event and writes it in two to four transactions; verdicts by day are one transaction
each. Here a batch is one transaction on a connection that stays open. What is written is what `event_storage` writes to
SQLite, and holds for the same Dagster and schema only; with any other, stock's code runs and says so once.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import dagster as dg
import sqlalchemy as db
from dagster import Field, StringSource
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.config import pg_config
from dagster._core.storage.event_log.migration import ASSET_KEY_INDEX_COLS
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage
from dagster_postgres.run_storage import PostgresRunStorage
from dagster_postgres.schedule_storage import PostgresScheduleStorage
from dagster_postgres.utils import create_pg_engine, pg_url_from_config, retry_pg_connection_fn
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from keystone_nexus.lake.errors import Refused
from keystone_nexus.orchestration.event_rows import (
    INSERT_EVENT,
    BatchedEvents,
    DayRow,
    VerdictRow,
    rows_of_days,
)
from keystone_nexus.orchestration.postgres_password import PasswordFrom
from keystone_nexus.orchestration.sqlite_schema import COLUMNS, DAGSTER_MINOR, REVISION, known_dagster

if TYPE_CHECKING:
    from dagster_postgres.auth import PgTokenProvider

log = logging.getLogger(__name__)

NEXT_IDS = "SELECT nextval(pg_get_serial_sequence('event_logs', 'id')) FROM generate_series(1, ?)"
MAKING_TABLES = 0x6B6E_0001
"""Of the advisory lock, which the database drops with the connection."""
PAGE = 1000
"""Rows of one INSERT."""


class PostgresIndex:
    """A transaction, spoken to with `?` for values like SQLite."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def execute(self, sql: str, parameters: tuple[Any, ...] = ()) -> Any:
        self._cursor.execute(sql.replace("?", "%s"), parameters)
        return self._cursor

    def executemany(self, sql: str, parameters: Iterable[tuple[Any, ...]]) -> None:
        """Many rows go in one statement."""
        from psycopg2.extras import execute_values

        head, _, _ = sql.partition("VALUES")
        execute_values(self._cursor, f"{head} VALUES %s", list(parameters), page_size=PAGE)

    def next_ids(self, count: int) -> list[int]:
        """Numbers of the sequence that are this transaction's own, in order."""
        self.execute(NEXT_IDS, (count,))
        return sorted(row[0] for row in self._cursor.fetchall())


class BatchedPostgresEventLogStorage(BatchedEvents, PostgresEventLogStorage):
    """Stock event log storage with fast writing."""

    MOVE_CHECK_LAST = (
        "UPDATE asset_check_executions SET id = nextval(pg_get_serial_sequence('asset_check_executions', 'id')) "
        "WHERE id = ?"
    )

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: ConfigurableClassData | None = None,
        token_provider: PgTokenProvider | None = None,
    ) -> None:
        self._writer: tuple[int, Engine] | None = None
        super().__init__(postgres_url, should_autocreate_tables, inst_data, token_provider)
        self._fast = known_dagster() and self._schema_is_known()
        if not self._fast:
            log.warning(
                "Dagster %s or the schema of its database is not the verified one (%s, revision %s): events are stored "
                "by Dagster's own, slower code",
                dg.__version__,
                DAGSTER_MINOR,
                REVISION,
            )

    @property
    def is_fast(self) -> bool:
        """Whether the verified schema is there, so that rows may be written directly."""
        return self._fast

    def _schema_is_known(self) -> bool:
        def look() -> bool:
            with self._engine.connect() as connection:
                revision = connection.execute(db.text("SELECT version_num FROM alembic_version")).scalars().all()
                found = db.inspect(connection)
                return list(revision) == [REVISION] and all(
                    {column["name"] for column in found.get_columns(name)} == set(columns.split())
                    for name, columns in COLUMNS.items()
                )

        return retry_pg_connection_fn(look) and self.has_secondary_index(ASSET_KEY_INDEX_COLS)

    @contextmanager
    def _write(self) -> Iterator[PostgresIndex]:
        """One transaction, on a connection that is kept for the next. One that the server dropped is made anew."""
        with retry_pg_connection_fn(self._writing_engine().connect) as connection, connection.begin():
            driver: Any = connection.connection.driver_connection
            with driver.cursor() as cursor:
                yield PostgresIndex(cursor)

    def _writing_engine(self) -> Engine:
        if self._writer is None or self._writer[0] != os.getpid():  # a connection must not be used across a fork
            engine = create_pg_engine(
                self.postgres_url, self._token_provider, pool_size=1, max_overflow=4, pool_pre_ping=True
            )
            self._writer = (os.getpid(), engine)
        return self._writer[1]

    def dispose(self) -> None:
        """Closes what is open."""
        if self._writer and self._writer[0] == os.getpid():
            self._writer[1].dispose()
        self._writer = None
        super().dispose()

    def store_event(self, event: EventLogEntry) -> None:
        """One event, as a batch of one."""
        if self._fast:
            self._store([event])
        else:
            super().store_event(event)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """One transaction."""
        if not self._fast:
            super().store_event_batch(events)
            return
        kept = [event for event in events if not event.get_dagster_event().is_asset_failed_to_materialize]
        if kept:
            self._store(kept)

    def _store(self, events: Sequence[EventLogEntry]) -> None:
        rows = [self._row(event) for event in events]
        with self._write() as index:
            ids = index.next_ids(len(rows))
            index.executemany(INSERT_EVENT, [(i, *row) for i, row in zip(ids, rows, strict=True)])
            dagster_events = [
                (i, event, row) for i, event, row in zip(ids, events, rows, strict=True) if event.is_dagster_event
            ]
            if dagster_events:
                self._index_events(index, dagster_events)

    def store_days(
        self,
        run_id: str,
        step_key: str,
        days: Sequence[DayRow],
        tags: Mapping[str, Mapping[str, str]],
        verdicts: Sequence[VerdictRow],
    ) -> None:
        """Materialisations and verdicts by day of one step, all or nothing."""
        with self._write() as index:
            ids = index.next_ids(len(days) + len(verdicts))
            rows, checks = rows_of_days(run_id, step_key, ids, days, verdicts)
            index.executemany(INSERT_EVENT, [(i, *row) for i, row in zip(ids, rows, strict=True)])
            self._index_day_assets(index, ids, days, tags)
            self._write_checks(index, run_id, checks)


class BatchedPostgresStorage(DagsterPostgresStorage):
    """All of Dagster's storage in PostgreSQL, the event log batched. `storage:` of `dagster.yaml` names it.

    Configured like stock, and by `password_from`: where the password is kept.
    """

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: ConfigurableClassData | None = None,
        token_provider: PgTokenProvider | None = None,
    ) -> None:
        # Not stock's, which opens an event log of its own.
        self.postgres_url = postgres_url
        self.should_autocreate_tables = should_autocreate_tables
        self._inst_data = inst_data
        given: dict[str, Any] = {"token_provider": token_provider}
        with _alone(postgres_url, token_provider):
            self._run_storage = PostgresRunStorage(postgres_url, should_autocreate_tables, **given)
            self._event_log_storage = BatchedPostgresEventLogStorage(postgres_url, should_autocreate_tables, **given)
            self._schedule_storage = PostgresScheduleStorage(postgres_url, should_autocreate_tables, **given)
        super(DagsterPostgresStorage, self).__init__()

    @classmethod
    def config_type(cls) -> Any:
        """Stock's, and where the password is kept."""
        return {**cast("dict[str, Any]", pg_config()), "password_from": Field(StringSource, is_required=False)}

    @classmethod
    def from_config_value(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> BatchedPostgresStorage:
        place = config_value.get("password_from")
        if place and config_value.get("postgres_db", {}).get("password"):
            raise Refused("give the database's password by `password_from` or by `password`, not both")
        return cls(
            _with_driver(pg_url_from_config(config_value)),
            config_value.get("should_autocreate_tables", True),
            inst_data,
            PasswordFrom(place) if place else None,
        )


@contextmanager
def _alone(url: str, token_provider: PgTokenProvider | None) -> Iterator[None]:
    """One process at a time: several that start on a fresh database would see each other's half-made tables."""
    engine = create_pg_engine(url, token_provider, poolclass=NullPool)
    with retry_pg_connection_fn(engine.connect) as connection:
        connection.execute(db.text("SELECT pg_advisory_lock(:key)"), {"key": MAKING_TABLES})
        yield


def _with_driver(url: str) -> str:
    """By the driver that dagster-postgres installs: without a name SQLAlchemy takes the one that is its default."""
    return url.replace("postgresql://", "postgresql+psycopg2://", 1)
