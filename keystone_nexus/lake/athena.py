"""Asks Athena: read-only SQL with the plain schema names, whatever the environment calls its databases."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from keystone_nexus.lake.errors import EnvironmentFault, KeystoneError, Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.layout import SCHEMAS, database

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
        schema_name=database(lake.env, "gold"),
        poll_interval=POLL,
        kill_on_interrupt=True,
    )


def query(lake: Lake, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns' names and the rows of one read-only statement. Raises Refused for what is none or has a mistake."""
    with asking(sql), connect(lake) as connection, connection.cursor() as cursor:
        answer: Any = cursor.execute(translated(lake.env, sql))
        return [str(d[0]) for d in answer.description or []], [tuple(row) for row in answer.fetchall()]


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
            table.set("db", exp.to_identifier(database(env, table.db.lower())))
    for column in statement.find_all(exp.Column):
        if column.args.get("db") is not None and column.db.lower() in SCHEMAS:
            column.set("db", exp.to_identifier(database(env, column.db.lower())))
    return statement.sql(dialect="athena")


class asking:  # noqa: N801
    """Turns the errors of a query into sentences."""

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None and (said := told(error)) is not None:
            raise said from error


def told(error: BaseException) -> KeystoneError | None:
    """The sentence for an error of PyAthena or botocore, None for one that is neither's."""
    from botocore.exceptions import BotoCoreError, ClientError
    from pyathena.error import Error

    cause = (
        error.__cause__
        if isinstance(error, Error) and isinstance(error.__cause__, BotoCoreError | ClientError)
        else error
    )
    if isinstance(cause, BotoCoreError | ClientError):
        from keystone_nexus.lake.s3.faults import told as of_aws

        return of_aws(cause, "asking", "Athena")
    if not isinstance(error, Error):
        return None
    text = str(error).strip()
    if "Bytes scanned limit" in text:
        return EnvironmentFault(
            f"Athena stopped the query at the workgroup's limit of bytes: ask for fewer days or columns ({text})"
        )
    if "cancelled" in text.lower():
        return EnvironmentFault(f"the query was cancelled in Athena ({text}): run again")
    if any(word in text for word in ("TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "does not exist")):
        return Refused(f"{text} (schemas: {', '.join(SCHEMAS)}; `keystone catalog plan` says what Glue lacks)")
    if any(
        word in text
        for word in ("SYNTAX_ERROR", "COLUMN_NOT_FOUND", "TYPE_MISMATCH", "FUNCTION_NOT_FOUND", "USER_ERROR")
    ):
        return Refused(f"{text} (schemas: {', '.join(SCHEMAS)})")
    return EnvironmentFault(f"Athena did not answer: {text}")
