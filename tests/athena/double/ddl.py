"""Hive's own DDL, which Athena speaks and Trino does not: done in Glue."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.athena.double.errors import Failed

PROPERTIES = re.compile(r"alter\s+table\s+(\S+)\s+set\s+tblproperties\s*\((.*)\)$", re.I | re.S)
PAIR = re.compile(r"'((?:[^']|'')*)'\s*=\s*'((?:[^']|'')*)'")
INPUT = (
    "Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "ViewOriginalText",
    "ViewExpandedText", "TableType", "Parameters",
)  # fmt: skip


def of_hive(sql: str, glue: Any, database: str) -> Callable[[], None] | None:
    """What to do for a statement that is Hive's, None for one that Trino runs."""
    found = PROPERTIES.match(sql.replace("`", "").replace('"', ""))
    if found is None:
        return None
    *schema, name = found[1].split(".")
    return lambda: _set(glue, schema[-1] if schema else database, name, dict(PAIR.findall(found[2])))


def _set(glue: Any, database: str, name: str, properties: dict[str, str]) -> None:
    try:
        table = glue.get_table(DatabaseName=database, Name=name)["Table"]
    except glue.exceptions.EntityNotFoundException as error:
        raise Failed(f"FAILED: SemanticException [Error 10001]: Table not found {database}.{name}") from error
    said = {key: table[key] for key in INPUT if key in table}
    said["Parameters"] = {**said.get("Parameters", {}), **properties}
    glue.update_table(DatabaseName=database, TableInput=said)
