"""Dagster's SQLite databases: the schema that was verified, and making a database of it at once."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as db
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS

DAGSTER_MINOR = "1.13"
REVISION = "29b539ebc72a"
COLUMNS = {
    "event_logs": "id run_id event dagster_event_type timestamp step_key asset_key partition",
    "asset_keys": "id asset_key last_materialization last_run_id asset_details wipe_timestamp "
    "last_materialization_timestamp tags create_timestamp cached_status_data",
    "asset_event_tags": "id event_id asset_key key value event_timestamp",
    "asset_check_executions": "id asset_key check_name partition run_id execution_status evaluation_event "
    "evaluation_event_timestamp evaluation_event_storage_id materialization_event_storage_id create_timestamp",
}


def known_dagster() -> bool:
    """Whether this is the minor version whose schema and internals were verified."""
    return dg.__version__.startswith(DAGSTER_MINOR + ".")


def known_schema(path: Path, tables: Mapping[str, str] = COLUMNS) -> bool:
    """Whether a database has the verified revision and columns."""
    with suppress(sqlite3.Error):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=SQLITE_BUSY_TIMEOUT_SECONDS)
        try:
            if connection.execute("SELECT version_num FROM alembic_version").fetchall() != [(REVISION,)]:
                return False
            return all(
                [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] == columns.split()
                for name, columns in tables.items()
            )
        finally:
            connection.close()
    return False


def create_database(path: Path, metadata: db.MetaData, migrations: Iterable[str] = ()) -> None:
    """Makes a database as Dagster would, unless it is there. Whole or not at all, whoever else makes it too.

    Dagster's way (create the tables, then stamp through Alembic) loads every migration ever written, and several
    processes at once on a fresh home make each other fail.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.{time.monotonic_ns()}.new")
    try:
        _fill_database(new, metadata, migrations)
        try:
            os.link(new, path)  # unlike a rename it never replaces what another process made meanwhile
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            new.replace(path)
    finally:
        for leftover in path.parent.glob(f"{new.name}*"):
            leftover.unlink(missing_ok=True)


def _fill_database(new: Path, metadata: db.MetaData, migrations: Iterable[str]) -> None:
    connection = sqlite3.connect(new, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(_schema_script(metadata))
        connection.executemany(
            "INSERT INTO secondary_indexes (name, migration_completed) VALUES (?, ?)",
            [(name, stamp(time.time())) for name in migrations],
        )
    finally:
        connection.close()


_SCRIPTS: dict[int, str] = {}


def _schema_script(metadata: db.MetaData) -> str:
    """The SQL that creates all tables and stamps the revision."""
    if id(metadata) not in _SCRIPTS:
        statements: list[str] = []

        def collect(statement: Any, *_: Any, **__: Any) -> None:
            statements.append(str(statement.compile(dialect=engine.dialect)))

        engine = db.create_mock_engine("sqlite://", collect)
        metadata.create_all(engine, checkfirst=False)
        statements.append(
            "CREATE TABLE alembic_version (\n\tversion_num VARCHAR(32) NOT NULL, \n\t"
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n)"
        )
        statements.append(f"INSERT INTO alembic_version VALUES ('{REVISION}')")
        _SCRIPTS[id(metadata)] = "BEGIN;\n" + ";\n".join(statements) + ";\nCOMMIT;"
    return _SCRIPTS[id(metadata)]


def stamp(timestamp: float) -> str:
    """A time as SQLAlchemy writes it to SQLite: UTC, no zone."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
