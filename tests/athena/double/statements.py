"""From Athena's SQL to Trino's: what kind a statement is, and CREATE TABLE AS with Athena's properties."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.athena.double.errors import Failed, Invalid

MAX_BYTES = 262_144
COMMENT = re.compile(r"\s*(--[^\n]*(\n|$)|/\*.*?\*/)", re.DOTALL)
CTAS = re.compile(
    r"create\s+table\s+(?P<name>\S+)\s*(?:with\s*\((?P<properties>.*?)\)\s*)?as\s+(?=select|with|\(|--|/\*)",
    re.I | re.S,
)
PROPERTY = re.compile(r"(\w+)\s*=\s*('(?:[^']|'')*'|array\s*\[[^\]]*\]|[\w.]+)\s*(,|$)", re.I | re.S)
KNOWN = {
    "table_type", "is_external", "external_location", "partitioned_by", "format", "write_compression",
    "parquet_compression", "bucketed_by", "bucket_count",
}  # fmt: skip
CODECS = {"snappy": "SNAPPY", "gzip": "GZIP", "zstd": "ZSTD", "none": "NONE"}


@dataclass(slots=True)
class Statement:
    """SQL for Trino, and what Athena says of it."""

    sql: str
    kind: str
    subkind: str
    session: dict[str, str] = field(default_factory=dict)


def understood(sql: str, group: str, enforced: bool, tables_at: str) -> Statement:
    """A statement as Trino runs it. `tables_at` is where a table without a location goes."""
    if len(sql.encode()) > MAX_BYTES:
        raise Invalid(f"Query string length exceeds the limit of {MAX_BYTES} bytes")
    bare = _without_comments(sql).strip().rstrip(";").strip()
    words = bare.lower().split(None, 3)
    if not words:
        raise Invalid("Query string is empty")
    match words[0]:
        case "select" | "with" | "values" | "(" | "table":
            return Statement(bare, "DML", "SELECT")
        case "insert":
            return Statement(bare, "DML", "INSERT", {"awsdatacatalog.compression_codec": "SNAPPY"})
        case "explain":
            return Statement(bare, "DML", "EXPLAIN")
        case "create" if words[1] == "table" and (found := CTAS.match(bare)):
            return _create_table_as(found, bare[found.end() :], group, enforced, tables_at)
        case "show" | "describe" | "desc":
            return Statement(bare.replace("`", '"'), "UTILITY", "SHOW_TABLES")
        case "create" | "drop" | "alter":
            return Statement(bare.replace("`", '"'), "DDL", "_".join(words[:2]).upper())
        case _:
            raise Invalid(f"line 1:1: mismatched input '{words[0]}'")


def _without_comments(sql: str) -> str:
    while found := COMMENT.match(sql):
        sql = sql[found.end() :]
    return sql


def _create_table_as(found: re.Match[str], query: str, group: str, enforced: bool, tables_at: str) -> Statement:
    properties = {name.lower(): value for name, value, _ in PROPERTY.findall(found["properties"] or "")}
    unknown = properties.keys() - KNOWN
    if unknown:
        raise Failed(f"INVALID_TABLE_PROPERTY: unknown properties {sorted(unknown)}")
    if properties.pop("table_type", "'hive'").strip("'").lower() != "hive":
        raise Failed("NOT_SUPPORTED: the double holds hive tables only")
    properties.pop("is_external", None)
    if enforced and "external_location" in properties:
        raise Invalid(
            "The Create Table As Select query failed because it was submitted with an 'external_location' property "
            f"to an Athena Workgroup that enforces a centralized output location for all queries ({group}). "
            "Please remove the 'external_location' property and resubmit the query."
        )
    properties.setdefault("external_location", f"'{tables_at}'")
    # Athena's own default is GZIP.
    codec = properties.pop("write_compression", properties.pop("parquet_compression", "'gzip'")).strip("'").lower()
    written = ", ".join(f"{name} = {value}" for name, value in properties.items())
    return Statement(
        f"create table {found['name']} with ({written}) as {query}",
        "DDL", "CREATE_TABLE_AS_SELECT", {"awsdatacatalog.compression_codec": CODECS[codec]},
    )  # fmt: skip
