"""Asks Athena: read-only SQL with the plain schema names, whatever the environment calls its databases."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from keystone_nexus.glue.errors import classified
from keystone_nexus.glue.names import SCHEMAS, database
from keystone_nexus.lake import sql as local
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.sql import Answer

if TYPE_CHECKING:
    from pyathena.connection import Connection

POLL = 0.2
"""Seconds between two looks at a query's state."""
LONGEST = 262_144
"""Bytes of SQL that Athena takes."""


def workgroup(env: str) -> str:
    """Where queries run: its limits and the place of its results are Terraform's."""
    return os.environ.get("KEYSTONE_ATHENA_WORKGROUP") or f"keystone-{env}"


def connect(lake: Lake) -> Connection[Any]:
    """A connection whose queries run in the environment's workgroup."""
    from pyathena import connect as dial

    return dial(
        work_group=workgroup(lake.env),
        schema_name=database("gold", lake.env),
        poll_interval=POLL,
        kill_on_interrupt=True,
    )


def query(lake: Lake, sql: str) -> Answer:
    """Runs one read-only statement: on a lake on S3 by Athena, else here. Raises Refused for what is none or wrong."""
    return _on_athena(lake, sql) if lake.on_s3 else local.query(lake, sql)


def _on_athena(lake: Lake, sql: str) -> Answer:
    text = translated(lake.env, sql)
    with classified("answer the query"), connect(lake) as connection, connection.cursor() as cursor:
        answer: Any = cursor.execute(text)
        columns = [str(d[0]) for d in answer.description or []]
        return Answer(local.unique(columns), [tuple(row) for row in answer.fetchall()])


def translated(env: str, sql: str) -> str:
    """The statement with the environment's databases in the place of the schemas."""
    import sqlglot
    from sqlglot import exp

    if len(sql.encode()) > LONGEST:
        raise Refused(f"the statement has {len(sql.encode()):,} bytes, Athena takes {LONGEST:,}")
    try:
        statements = sqlglot.parse(sql, read="athena")
    except sqlglot.ParseError as error:
        raise Refused(f"this is no SQL that Athena reads: {str(error).splitlines()[0]}") from error
    if len(statements) != 1 or statements[0] is None:
        raise Refused(f"give one statement, not {len([one for one in statements if one])}")
    statement = statements[0]
    if not isinstance(statement, exp.Query | exp.Values | exp.Describe):
        raise Refused("the lake is read-only here: only select (with, values, describe) is answered")
    for table in statement.find_all(exp.Table):
        if table.db.lower() in SCHEMAS:
            table.set("db", exp.to_identifier(database(table.db.lower(), env)))
    for column in statement.find_all(exp.Column):
        if column.args.get("db") is not None and column.db.lower() in SCHEMAS:
            column.set("db", exp.to_identifier(database(column.db.lower(), env)))
    return statement.sql(dialect="athena")
