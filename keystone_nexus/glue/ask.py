"""Asks a lake, wherever it is: on S3 by Athena, else here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.glue.names import SCHEMAS, database, prefix
from keystone_nexus.lake import sql as local
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.sql import Answer

if TYPE_CHECKING:
    import duckdb


def workgroup(env: str) -> str:
    """Where queries run: its limits and the place of its results are Terraform's."""
    return os.environ.get("KEYSTONE_ATHENA_WORKGROUP") or f"keystone-{env}"


def ask(lake: Lake, sql: str) -> Answer:
    """Runs one read-only statement in the plain schema names. Raises Refused for what is none or has a mistake."""
    if not lake.on_s3:
        return local.query(lake, sql)
    from keystone_nexus.glue import query

    with query.connect(lake.env, workgroup(lake.env)) as connection:
        answer = query.query(connection, sql, lake.env)
    return Answer(local.unique(answer.columns), answer.rows)


def brought(lake: Lake, relation: str) -> duckdb.DuckDBPyConnection:
    """A connection in memory that holds one relation of a lake on S3, as Athena has it."""
    import duckdb

    from keystone_nexus.glue import query

    schema, _, table = relation.replace("/", ".").rpartition(".")
    schema = schema or ("silver" if table in tables() else "gold")
    if schema not in SCHEMAS or not table.isidentifier():
        raise Refused(f"{relation!r} is no relation: give SCHEMA.TABLE with a schema of {', '.join(SCHEMAS)}")
    with query.connect(lake.env, workgroup(lake.env)) as connection:
        rows = query.frame(connection, f'select * from {schema}."{table}"', prefix(lake.env))
    here = duckdb.connect(":memory:")
    here.execute(f"create schema {schema}")
    here.register("rows", rows.to_arrow())
    here.execute(f'create table {schema}."{table}" as from rows')
    return here


def gold_url(lake: Lake) -> str:
    """The SQLAlchemy URL of the gold of a lake on S3. Raises Refused where no region is named."""
    import boto3

    region: Any = boto3.session.Session().region_name
    if not region:
        raise Refused(f"gold of {lake} is on Athena, but no region is named: set AWS_REGION")
    return (
        f"awsathena+rest://@athena.{region}.amazonaws.com:443/{database('gold', lake.env)}"
        f"?work_group={workgroup(lake.env)}&region_name={region}"
    )
