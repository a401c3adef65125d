"""Gold on two engines, row by row."""

from __future__ import annotations

import polars as pl

from keystone_nexus.analytics.gold import Gold
from tests.athena.built import Built
from tests.athena.double.stack import Double

RELATIONS = "select table_name from information_schema.tables where table_schema = 'gold' order by table_name"


def relations(local: Gold) -> list[str]:
    return local.frame(RELATIONS)["table_name"].to_list()


def difference(local: Gold, athena: Gold, name: str) -> str | None:
    """What differs in a relation, None if nothing does: names and order of columns, types, and every value."""
    one, other = local.table(name), athena.table(name)
    if one.schema != other.schema:
        return f"{name}: {one.schema} on DuckDB, {other.schema} on Athena"
    if one.height != other.height:
        return f"{name}: {one.height} rows on DuckDB, {other.height} on Athena"
    one, other = one.sort(pl.all()), other.sort(pl.all())
    for column in one.columns:
        if not one[column].equals(other[column], null_equal=True):
            row = (one[column].ne_missing(other[column])).arg_max()
            return f"{name}.{column}: {one.row(row)} on DuckDB, {other.row(row)} on Athena"
    return None


def records(double: Double, built: Built) -> list[str]:
    """The records of gold's builds."""
    listed = double.client("s3").list_objects_v2(Bucket=f"{built.name}-gold", Prefix="_builds/")
    return [key for one in listed.get("Contents", []) if not (key := one["Key"]).endswith(".tables.json")]


def digests(athena: Gold, names: list[str]) -> dict[str, tuple[int, str]]:
    """Rows of each relation and a checksum of all of them in any order, computed by the engine."""
    found: dict[str, tuple[int, str]] = {}
    for name in names:
        columns = ", ".join(f'"{c}"' for c in athena.frame(f"select * from gold.{name} limit 0").columns)
        sums = athena.frame(f"select count(*) as n, to_hex(checksum(row({columns}))) as digest from gold.{name}")
        found[name] = sums.row(0)
    return found


def places(double: Double, env: str, schema: str = "gold") -> dict[str, str]:
    """Where each table of gold lies: each build has a place of its own."""
    found = double.client("glue").get_tables(DatabaseName=f"{env}_{schema}")["TableList"]
    return {table["Name"]: table["StorageDescriptor"]["Location"] for table in found}
