"""The Dagster instance of a lake: Dagster's own defaults, with the batched event log and connections kept open."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import dagster as dg
import sqlalchemy as db
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.runs.migration import OPTIONAL_DATA_MIGRATIONS as RUN_OPTIONAL
from dagster._core.storage.runs.migration import REQUIRED_DATA_MIGRATIONS as RUN_REQUIRED
from dagster._core.storage.runs.schema import RunStorageSqlMetadata
from dagster._core.storage.schedules import SqliteScheduleStorage
from dagster._core.storage.schedules.migration import OPTIONAL_SCHEDULE_DATA_MIGRATIONS as SCHEDULE_OPTIONAL
from dagster._core.storage.schedules.migration import REQUIRED_SCHEDULE_DATA_MIGRATIONS as SCHEDULE_REQUIRED
from dagster._core.storage.schedules.schema import ScheduleStorageSqlMetadata
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS, create_db_conn_string
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.event import listens_for
from sqlalchemy.pool import QueuePool

from keystone_nexus.orchestration.event_storage import BatchedSqliteEventLogStorage
from keystone_nexus.orchestration.sqlite_schema import create_database, known_dagster, known_schema

S = TypeVar("S", bound=SqliteRunStorage | SqliteScheduleStorage)


class BatchedSqliteStorage(DagsterSqliteStorage):
    """All of Dagster's storage in SQLite files under one directory, as by default, opened and written faster."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        home = Path(base_dir)
        if known_dagster():
            create_database(home / "history" / "runs.db", RunStorageSqlMetadata, [*RUN_REQUIRED, *RUN_OPTIONAL])
            create_database(
                home / "schedules" / "schedules.db",
                ScheduleStorageSqlMetadata,
                [*SCHEDULE_REQUIRED, *SCHEDULE_OPTIONAL],
            )
        self.base_dir = base_dir
        self._run_storage = _open(PooledSqliteRunStorage, home / "history", "runs")
        self._event_log_storage = BatchedSqliteEventLogStorage(str(home / "history" / "runs"))
        self._schedule_storage = _open(SqliteScheduleStorage, home / "schedules", "schedules")
        self._inst_data = inst_data
        super(DagsterSqliteStorage, self).__init__()

    @classmethod
    def from_config_value(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> BatchedSqliteStorage:
        """Stock names its own class here too."""
        return cls(inst_data=inst_data, **config_value)


class PooledSqliteRunStorage(SqliteRunStorage):
    """Stock run storage that keeps its connections: a run of three steps opens 34."""

    _pool: tuple[int, Engine] | None = None

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A transaction, as in stock."""
        if self._pool is None or self._pool[0] != os.getpid():  # a connection must not be used across a fork
            self._pool = (os.getpid(), _pooled_engine(self._conn_string))
        with self._pool[1].connect() as connection, connection.begin():
            yield connection

    def dispose(self) -> None:
        """Closes the connections."""
        if self._pool and self._pool[0] == os.getpid():
            self._pool[1].dispose()
        self._pool = None


def _pooled_engine(conn_string: str) -> Engine:
    engine = db.create_engine(conn_string, poolclass=QueuePool, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})

    @listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _: object) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


def _open(kind: type[S], directory: Path, name: str) -> S:
    """Without Alembic, which loads all migrations to find their head, where the database has the verified one."""
    if known_dagster() and known_schema(directory / f"{name}.db", {}):
        return kind(create_db_conn_string(str(directory), name))
    return cast("S", kind.from_local(str(directory)))


class LakeInstance(dg.DagsterInstance):
    """The instance that `dagster.yaml` names: Dagster's defaults, but BatchedSqliteStorage in its home.

    An `event_log_storage` entry would need an absolute `base_dir`; an instance class is told where its home is, be it
    the lake's, `$DAGSTER_HOME` or the temporary one of `dagster dev`, and hands it to every process it starts.
    """

    @staticmethod
    def config_schema() -> Mapping[str, Any]:
        """No settings of its own."""
        return {}

    @staticmethod
    def config_defaults(base_dir: str) -> Mapping[str, ConfigurableClassData | None]:
        """What a component is when `dagster.yaml` does not say."""
        events = serialize_config({"base_dir": str(Path(base_dir) / "history" / "runs")})
        return {
            **InstanceRef.config_defaults(base_dir),
            "storage": ConfigurableClassData(
                __name__, BatchedSqliteStorage.__name__, serialize_config({"base_dir": base_dir})
            ),
            "event_log_storage": ConfigurableClassData(
                BatchedSqliteEventLogStorage.__module__, BatchedSqliteEventLogStorage.__name__, events
            ),
        }


def serialize_config(config: Mapping[str, Any]) -> str:
    """As ConfigurableClassData keeps it."""
    import yaml

    return yaml.dump(dict(config), default_flow_style=False)
