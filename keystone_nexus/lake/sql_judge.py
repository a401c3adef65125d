"""Judges a statement before it runs: only what reads, told by DuckDB's own parser, also inside `explain`.

A table function can write as well (`enable_profiling` saves a file, `enable_logging` too), so that only those that are
known to read are answered, wherever they stand in the statement.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from keystone_nexus.lake.errors import Refused

if TYPE_CHECKING:
    import duckdb

READERS = {
    "range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree", "histogram",
    "histogram_values", "summary", "icu_calendar_names", "pg_timezone_names", "read_parquet", "parquet_scan",
    "parquet_metadata", "parquet_schema", "parquet_file_metadata", "parquet_kv_metadata", "pragma_table_info",
    "pragma_show", "pragma_version", "pragma_storage_info", "pragma_database_size", "pragma_collations",
    "pragma_platform", "pragma_metadata_info", "duckdb_columns", "duckdb_constraints", "duckdb_databases",
    "duckdb_functions", "duckdb_indexes", "duckdb_keywords", "duckdb_memory", "duckdb_optimizers", "duckdb_schemas",
    "duckdb_sequences", "duckdb_settings", "duckdb_tables", "duckdb_temporary_files", "duckdb_types",
    "duckdb_variables", "duckdb_views",
}  # fmt: skip
"""Table functions that only read, and only what the connection may: the layers' Parquet files, DuckDB's catalog."""
ONLY = "the lake is read-only here: only select (with, values, from, pivot, describe, summarize, explain) is answered"
REMARKS = r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
EXPLAIN = re.compile(
    rf"{REMARKS}explain{REMARKS}(?P<analyze>analyze\b)?{REMARKS}"
    rf"(?P<format>\(\s*(?:analyze\s*,\s*)?format\s+\w+\s*\))?(?P<what>.*)",
    re.IGNORECASE | re.DOTALL,
)


def judged(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The statement to run, when it only reads. Raises Refused for another, duckdb.Error for one that is no SQL."""
    import duckdb

    kinds = duckdb.StatementType
    # Not duckdb.extract_statements: `pragma import_database` reads files as it is parsed, here it may read none.
    statements = connection.extract_statements(sql)
    found = [one.type for one in statements]
    # A pivot of values that are not listed is several statements to DuckDB, none of which has a text.
    made_of_one = len(found) > 1 and not any(one.query for one in statements)
    if len(found) != 1 and not made_of_one:
        raise Refused(f"give one statement, not {len(found)}")
    if kinds.EXPLAIN in found:
        parts = EXPLAIN.fullmatch(sql)
        if parts is None or made_of_one:
            raise Refused(
                "write `explain STATEMENT`, `explain analyze STATEMENT` or `explain (format json) STATEMENT`; "
                "of a pivot with its values listed (`on COLUMN in (...)`)"
            )
        # What runs is put together from what was judged, so that nothing is read in two ways.
        return f"explain {parts['analyze'] or ''} {parts['format'] or ''} {judged(connection, parts['what'])}"
    if made_of_one and found == [kinds.CREATE, kinds.SELECT]:
        _judge_text(connection, sql)
        return sql
    if found != [kinds.SELECT]:
        raise Refused(ONLY)
    _judge_tree(connection, statements[0].query)
    return sql


def _judge_tree(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raises Refused for a table function that is none of the readers."""
    serialized = connection.execute("select json_serialize_sql(?::varchar)", [sql]).fetchall()[0][0]
    tree = json.loads(serialized)
    if tree["error"]:
        raise Refused(f"{ONLY}: {tree['error_message']}")
    for name in _table_functions(tree):
        if name.lower() not in READERS:
            raise Refused(_no_reader(name))


def _table_functions(tree: Any) -> Iterator[str]:
    left = [tree]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            if node.get("type") == "TABLE_FUNCTION":
                yield str(node["function"]["function_name"])
            left += node.values()
        elif isinstance(node, list):
            left += node


def _judge_text(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """The same of a pivot that DuckDB cannot show as a tree: no such function's name stands before a parenthesis."""
    names = connection.execute(
        "select distinct function_name from duckdb_functions() where function_type in ('table', 'table_macro')"
    ).fetchall()
    for (name,) in names:
        if name not in READERS and re.search(rf'\b{re.escape(name)}"?{REMARKS}\(', sql, re.IGNORECASE | re.DOTALL):
            raise Refused(_no_reader(name))


def _no_reader(name: str) -> str:
    return f"{name}() is not answered here: a query reads the relations of bronze, silver, quarantine and gold"
