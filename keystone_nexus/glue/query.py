"""Asks Athena by PyAthena: rows with their types, errors as sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from keystone_nexus.glue.errors import classified
from keystone_nexus.glue.names import database, prefix
from keystone_nexus.glue.sql import is_read_only, with_databases
from keystone_nexus.lake.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

PLAIN: dict[str, pl.DataType] = {
    "boolean": pl.Boolean(),
    "tinyint": pl.Int64(),
    "smallint": pl.Int64(),
    "integer": pl.Int64(),
    "bigint": pl.Int64(),
    "float": pl.Float64(),
    "real": pl.Float64(),
    "double": pl.Float64(),
    "timestamp": pl.Datetime("us"),
    "date": pl.Date(),
    "varbinary": pl.Binary(),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns' names and the rows, and what it read."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    scanned_bytes: int


def connect(env: str, group: str, schema: str = "gold") -> Any:
    """A PyAthena connection: region, credentials and endpoints as every AWS program finds them."""
    import pyathena

    with classified("connect to Athena"):
        return pyathena.connect(work_group=group, schema_name=database(schema, env))


def query(connection: Any, sql: str, env: str) -> Answer:
    """One read-only statement in the plain schema names. Raises KeystoneError."""
    if not is_read_only(sql):
        raise Refused("give one statement that reads (select, with, values, show, describe, explain)")
    with classified("query Athena"), connection.cursor() as cursor:
        cursor.execute(with_databases(sql, prefix(env)))
        rows = [tuple(row) for row in cursor.fetchall()]
        return Answer([c[0] for c in cursor.description or []], rows, cursor.data_scanned_in_bytes or 0)


def frame(connection: Any, sql: str, before: str, doing: str = "query Athena") -> pl.DataFrame:
    """The rows of one statement that reads, with the types that Athena names: a column that is null shows none.

    `before` stands before the schemas' names (`names.prefix`). Raises KeystoneError.
    """
    with classified(doing), connection.cursor() as cursor:
        cursor.execute(with_databases(sql, before))
        return pl.DataFrame(cursor.fetchall(), schema=schema_of(cursor.description), orient="row")


def schema_of(description: Sequence[Sequence[Any]]) -> dict[str, pl.DataType]:
    """Polars' types of a PyAthena cursor's columns (name, type, -, -, precision, scale, -)."""
    found: dict[str, pl.DataType] = {}
    for name, kind, _, _, precision, scale, _ in description:
        found[name] = pl.Decimal(precision, scale) if kind == "decimal" else PLAIN.get(kind, pl.String())
    return found
