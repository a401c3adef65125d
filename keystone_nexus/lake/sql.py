"""Read-only SQL over the whole lake: schemas `bronze`, `silver`, `quarantine`, `gold`, in an in-memory DuckDB.

Views read the lake's own files, so that a query needs no copy, sees every published object at once, and works while
a run writes. A table without a file answers with no rows and its columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keystone_nexus.contracts.catalog import Table, tables
from keystone_nexus.lake import event_log, gold, ledger
from keystone_nexus.lake.confined import confined
from keystone_nexus.lake.days import OBJECT
from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.event_log import quarantine_key
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.layout import SCHEMAS
from keystone_nexus.lake.sql_judge import judged
from keystone_nexus.lake.store import parquet_keys
from keystone_nexus.wire.vocabulary import EVENTS

if TYPE_CHECKING:
    import duckdb

SQL_TYPES = {
    "text": "varchar",
    "money": "decimal(12,2)",
    "timestamp": "timestamp",
    "integer": "bigint",
    "coordinate": "double",
}
EVENT_TYPES = {
    "event_id": "varchar",
    "event_type": "varchar",
    "event_time": "timestamp",
    "order_id": "varchar",
    "_value": "blob",
    "_key": "blob",
    "_schema": "varchar",
    "_produced_at": "timestamp_ms",
    "_source_row": "bigint",
}
PARTITION = {"year": "bigint", "month": "bigint", "day": "bigint"}


def connect(lake: Lake) -> duckdb.DuckDBPyConnection:
    """A connection that reads the lake's relations and no other file. What it is asked is the caller's to judge.

    Of a lake on S3 only `quarantine`: the rest is Athena's.
    """
    return _connected(lake, _views(lake))


def _views(lake: Lake) -> list[str]:
    """A `create view` for each relation but gold's. Of a lake on S3 this machine gets copies of what they read."""
    found = [_quarantine_view(lake, spec) for spec in tables().values()]
    if not lake.on_s3:
        found += [
            view for name, spec in tables().items() for view in (bronze_view(lake, spec), silver_view(lake, name))
        ]
    return found + _event_views(lake)


def _connected(lake: Lake, views: list[str], spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """`spill` is a folder for what does not fit into memory."""
    import duckdb

    # Names of this program's own variables are no relations.
    connection = duckdb.connect(":memory:", config={"python_enable_replacements": "false"})
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"set temp_directory = {_text(str(spill or ''))}")
    for schema in SCHEMAS:
        connection.execute(f"create schema {schema}")
    for view in views:
        connection.execute(view)
    if not lake.on_s3:
        _attach_gold(connection, lake.layer("gold") / "gold.duckdb")
    connection.execute(f"set allowed_directories = [{', '.join(_path(folder) for folder in _readable(lake))}]")
    for setting in ("allow_persistent_secrets", "autoinstall_known_extensions", "autoload_known_extensions"):
        connection.execute(f"set {setting} = false")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def _readable(lake: Lake) -> list[Path]:
    """The folders of the relations' files. Beside them lie the ledger, records of builds and secrets."""
    if lake.on_s3:
        return [lake.root]  # this machine's copies, of what was asked for
    names = (*tables(), EVENTS, f"{EVENTS}_replayed")
    return [lake.layer(layer) / name for layer in ("bronze", "silver", "quarantine") for name in names]


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns' names, unique, and the rows."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


def query(lake: Lake, sql: str) -> Answer:
    """Runs one read-only statement here. Raises Refused for what is none or has a mistake.

    Of a lake on S3 only the schema `quarantine` answers, by copies: the rest is asked of Athena (`glue.query`).
    """
    import duckdb

    for attempt in range(3):
        views = _views(lake)  # here, since a confined thread may write no copies
        try:
            return _confined(lake, sql, views)
        except duckdb.IOException as error:
            # A day that lost its rows lost its file while the query was reading the folder: look again.
            if attempt == 2:
                raise EnvironmentFault(f"{error}: `keystone verify` names what is missing or damaged") from error
        except duckdb.OutOfMemoryException as error:
            raise EnvironmentFault(
                f"the query needs more memory than there is, and no room to spill to: {error}"
            ) from error
        except duckdb.Error as error:
            if "gold" in sql.lower():
                _why_no_gold(lake, error)
            raise Refused(f"{error}\n(schemas: {', '.join(SCHEMAS)})") from error
    raise AssertionError("unreachable")


def _confined(lake: Lake, sql: str, views: list[str]) -> Answer:
    opened: list[duckdb.DuckDBPyConnection] = []

    def work(spill: Path | None) -> Answer:
        with _connected(lake, views, spill) as connection:
            opened[:] = [connection]
            answer = connection.execute(judged(connection, sql))
            return Answer(unique([d[0] for d in answer.description or []]), answer.fetchall())

    def stop() -> None:
        for connection in opened:
            connection.interrupt()

    return confined(work, stop)


def _why_no_gold(lake: Lake, error: duckdb.Error) -> None:
    """Raises what keeps gold from being read, where something does."""
    path = gold.gold_file(lake)
    if lake.on_s3 or gold.info(path) or not path.exists():  # raises where the file is held or cannot be opened
        return
    said = "gold/gold.duckdb cannot be read: run `keystone run`, which builds it anew"
    raise Refused(f"{str(error).splitlines()[0]}; {said}") from error


def unique(names: list[str]) -> list[str]:
    """Names as a row's keys: `a`, `a_1` for the second `a`, as DuckDB names them itself."""
    found: list[str] = []
    for name in names:
        free, number = name, 0
        while free in found:
            number += 1
            free = f"{name}_{number}"
        found.append(free)
    return found


def silver_view(lake: Lake, name: str) -> str:
    """`create view silver.<name>`; dated tables have year, month, day as integers."""
    spec = tables()[name]
    columns = {c.name: SQL_TYPES[c.kind] for c in spec.columns}
    folder = lake.layer("silver") / name
    if not spec.dated:
        path = folder / OBJECT
        return f"create view silver.{name} as " + (
            f"select * from read_parquet({_path(path)})" if path.exists() else _nothing(columns)
        )
    if not next(folder.glob(f"year=*/month=*/day=*/{OBJECT}"), None):
        return f"create view silver.{name} as {_nothing(columns | PARTITION)}"
    return (
        f"create view silver.{name} as select * from read_parquet({_path(folder / '*/*/*' / OBJECT)}, "
        "hive_partitioning = true, hive_types = {'year': bigint, 'month': bigint, 'day': bigint})"
    )


def bronze_view(lake: Lake, spec: Table) -> str:
    """`create view bronze.<name>` over the objects in the ledger."""
    files = [f for _, f in ledger.read(lake).files(spec.name) if f.rows]
    columns = {**dict.fromkeys(spec.source_columns, "varchar"), "_source_object": "varchar"}
    columns |= {"_source_row": "uinteger", "_raw": "varchar"}
    if not files:
        return f"create view bronze.{spec.name} as {_nothing(columns)}"
    extra = {folded(c): c for f in files for c in f.extra_columns}.values()
    names = ", ".join(_name(c) for c in (*spec.source_columns, *extra))
    paths = ", ".join(_path(lake.root / f.object) for f in files)
    key = f"'bronze/{spec.name}/' || parse_filename(_source_object)"
    return (
        f"create view bronze.{spec.name} as select {names}, {key} as _source_object, _source_row, _raw "
        f"from read_parquet([{paths}], union_by_name = true, filename = '_source_object')"
    )


def _quarantine_view(lake: Lake, spec: Table) -> str:
    columns = {
        **dict.fromkeys(spec.source_columns, "varchar"),
        "_rules": "varchar[]",
        "_source_object": "varchar",
        "_source_row": "bigint",
        "_raw": "varchar",
        "_day": "date",
    }
    keys = parquet_keys(lake.store, f"quarantine/{spec.name}/")
    if not keys:
        return f"create view quarantine.{spec.name} as {_nothing(columns)}"
    # A lake in a folder by a pattern: a day may lose its file between this look and the query.
    local = lake.layer("quarantine") / spec.name / "*/*/*" / OBJECT
    paths = ", ".join(_path(path) for path in (lake.store.files(keys) if lake.on_s3 else [local]))
    names = ", ".join(_name(c) for c in columns)
    return (
        f"create view quarantine.{spec.name} as select {names} from read_parquet([{paths}], hive_partitioning = false)"
    )


def _event_views(lake: Lake) -> list[str]:
    """`bronze.order_events`: every landed record; `quarantine.order_events`: those that are no events, and why."""
    held = ledger.read(lake)
    ranges = [one for _, one in held.ranges if one.object]
    landed = [str(one.object) for one in ranges] if not lake.on_s3 else []
    poison = [quarantine_key(str(one.object)) for one in ranges if held.poison_left(one)]
    there = [key for key, path in zip(poison, lake.store.files(poison), strict=True) if path.exists()]
    columns = {name: EVENT_TYPES[name] for name in event_log.SCHEMA if name != "_rules"}
    return [
        _event_view(lake, "bronze", landed, columns),
        _event_view(lake, "quarantine", there, columns | {"_rules": "varchar[]"}),
    ]


def _event_view(lake: Lake, layer: str, keys: list[str], columns: dict[str, str]) -> str:
    view = f"create view {layer}.{EVENTS} as "
    if not keys:
        return view + _nothing(columns | {"_source_object": "varchar"})
    names = ", ".join(_name(c) for c in columns)
    files = lake.store.files(keys)
    paths = ", ".join(_path(path) for path in files)
    # Files are named by their paths as they were given, which end in the object's key.
    above = len(str(files[0].resolve())) - len(keys[0]) + len(layer) + 2
    key = f"'bronze/' || substr(_source_object, {above})"
    return f"{view}select {names}, {key} as _source_object from read_parquet([{paths}], filename = '_source_object')"


def folded(name: str) -> str:
    """A column's name as DuckDB compares it: without regard to the case of ASCII letters."""
    return name.encode().lower().decode()


def _attach_gold(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    try:
        if not gold.info(path):
            return  # there is none, or it is damaged: the other schemas answer all the same
    except EnvironmentFault:
        return  # they do so too while another process holds it; a question of gold is told why
    connection.execute(f"attach {_path(path)} as published (read_only)")
    found = connection.execute(
        "select table_name from duckdb_tables() where database_name = 'published' and schema_name = 'gold'"
    ).fetchall()
    for (name,) in found:
        connection.execute(f"create view gold.{_name(name)} as select * from published.gold.{_name(name)}")


def _nothing(columns: dict[str, str]) -> str:
    return "select " + ", ".join(f"null::{kind} as {_name(name)}" for name, kind in columns.items()) + " where false"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _path(path: Path) -> str:
    return _text(str(path.resolve()))
