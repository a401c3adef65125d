"""Takes a relation out of the lake: as CSV, Parquet or Excel, by the file's ending.

Rows stream from the lake's read-only SQL into the file, which is written aside and renamed. Text that a spreadsheet
would run as a formula is made harmless: in CSV by an apostrophe before it, in Excel as a text cell that stays text
when it is edited. Text that is a plain number (`-23.5`) is left as it is. Parquet holds the values unchanged.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.layout import SCHEMAS
from keystone_nexus.lake.masking import masked, masking_key, personal_columns, unknown_columns
from keystone_nexus.lake.place import keep_out_of_lakes
from keystone_nexus.lake.sql import connect

if TYPE_CHECKING:
    import duckdb

ENDINGS = (".csv", ".parquet", ".xlsx")
FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"  # the full-width signs count too, in some spreadsheets
NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?$"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written where, and which columns stand there as digests."""

    relation: str
    path: Path
    rows: int
    masked: tuple[str, ...]


def export(
    lake: Lake,
    relation: str,
    out: Path,
    *,
    with_personal_data: bool = False,
    opened: Callable[[], duckdb.DuckDBPyConnection] | None = None,
) -> Exported:
    """Writes all rows of `schema.table`. Raises Refused for what cannot be written, before anything is.

    `opened` gives a connection that holds the relation where the lake's own does not (Athena's).
    """
    import duckdb

    ending = _target(out)
    for attempt in range(3):
        try:
            with opened() if opened else connect(lake) as connection:
                schema, table = _known(connection, relation)
                columns = _columns(connection, schema, table)
                hidden = () if with_personal_data else _hidden(schema, table, columns)
                key = masking_key(lake) if hidden else ""
                source = f'{schema}."{table}"'
                select = _select(source, columns, hidden, key, as_text=ending == ".csv")
                return Exported(f"{schema}.{table}", out, _write(connection, source, select, out), hidden)
        except duckdb.IOException as error:
            # A day that lost its rows lost its file meanwhile: read again.
            if attempt == 2:
                raise EnvironmentFault(str(error).splitlines()[0]) from error
    raise AssertionError("unreachable")


def _target(out: Path) -> str:
    """The ending of a file that can be written."""
    ending = out.suffix.lower()
    if ending not in ENDINGS:
        raise Refused(f"{out.name} ends in none of {', '.join(ENDINGS)}: the ending says what to write")
    folder = out.absolute().parent.resolve()
    if not folder.is_dir():
        raise Refused(f"there is no folder {folder}: make it, or name another file")
    if out.is_dir():
        raise Refused(f"{out} is a folder: name a file")
    keep_out_of_lakes(out, "the file")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Refused(f"{folder} cannot be written: name a file in a folder of yours")
    return ending


def _known(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[str, str]:
    """Schema and table of `schema.table`, `schema/table`, or a name alone: of silver, else of gold."""
    schema, _, table = relation.replace("/", ".").rpartition(".")
    schema = schema or ("silver" if table in tables() else "gold")
    there = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = 'memory' order by all"
    ).fetchall()
    if (schema, table) in there:
        return schema, table
    if schema not in SCHEMAS:
        raise Refused(f"there is no schema {schema!r}: there are {', '.join(SCHEMAS)}")
    names = ", ".join(name for one, name in there if one == schema)
    raise Refused(f"there is no relation {schema}.{table}: {schema} has {names or 'nothing yet'}")


def _columns(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> dict[str, str]:
    asked = "select column_name, data_type from information_schema.columns where table_catalog = 'memory' and table_schema = ? and table_name = ?"
    return dict(connection.execute(asked + " order by ordinal_position", [schema, table]).fetchall())


def _hidden(schema: str, table: str, columns: dict[str, str]) -> tuple[str, ...]:
    personal = personal_columns(schema, table)
    unknown = unknown_columns(schema, table, columns)
    return tuple(name for name in columns if name.lower() in personal or name in unknown)


def _select(source: str, columns: dict[str, str], hidden: tuple[str, ...], key: str, *, as_text: bool) -> str:
    fields: list[str] = []
    for name, kind in columns.items():
        quoted = '"' + name.replace('"', '""') + '"'
        value = masked(quoted, key) if name in hidden else quoted
        if as_text and name not in hidden:
            value = _harmless(value, kind)
        fields.append(f"{value} as {quoted}")
    return f"select {', '.join(fields)} from {source}"


def _harmless(value: str, kind: str) -> str:
    """SQL: the value as CSV may hold it. A list is written as JSON."""
    if kind.endswith("[]"):
        value = f"to_json({value})::varchar"
    elif kind == "BLOB":
        value = f"{value}::varchar"
    elif kind != "VARCHAR":
        return value
    runs = f"regexp_matches({value}, '{FORMULA}') and not regexp_matches({value}, '{NUMBER}')"
    return f"case when {runs} then '''' || {value} else {value} end"


def _write(connection: duckdb.DuckDBPyConnection, source: str, select: str, out: Path) -> int:
    """Writes aside, then renames. Returns the number of rows."""
    aside = out.with_name(f".{out.stem}-{os.getpid()}{out.suffix.lower()}")
    try:
        if aside.suffix == ".xlsx":
            from keystone_nexus.lake.export_excel import write_excel

            rows = write_excel(connection, source, select, aside)
        else:
            rows = _copy(connection, select, aside)
        os.replace(aside, out)
    finally:
        aside.unlink(missing_ok=True)
    return rows


def _copy(connection: duckdb.DuckDBPyConnection, select: str, aside: Path) -> int:
    """Streams by a second DuckDB that may write: the lake's own connection is locked to reading."""
    import duckdb

    how = "format csv, header" if aside.suffix == ".csv" else "format parquet"
    path = str(aside.absolute()).replace("'", "''")
    with duckdb.connect(":memory:") as writer:
        writer.register("rows", connection.execute(select).to_arrow_reader())
        return writer.execute(f"copy (from rows) to '{path}' ({how})").fetchall()[0][0]
