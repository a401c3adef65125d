"""Values and columns as Athena's API shows them: everything is text."""

from __future__ import annotations

import json
import math
from typing import Any

from tests.athena.double.trino import binary_as_hex


def column_info(column: dict[str, Any]) -> dict[str, Any]:
    """Types are bare (`decimal`, with precision and scale beside it)."""
    signature = column["typeSignature"]
    kind = signature["rawType"]
    numbers = [a["value"] for a in signature["arguments"] if a["kind"] == "LONG"]
    precision, scale = {"integer": (10, 0), "bigint": (19, 0), "double": (17, 0), "timestamp": (3, 0)}.get(kind, (0, 0))
    if kind == "decimal":
        precision, scale = numbers
    if kind == "varchar":
        precision = min(numbers[0], 2_147_483_647) if numbers else 2_147_483_647
    return {
        "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": column["name"], "Label": column["name"],
        "Type": kind, "Precision": precision, "Scale": scale, "Nullable": "UNKNOWN", "CaseSensitive": kind == "varchar",
    }  # fmt: skip


def text(value: Any, kind: str) -> str | None:
    """One value; None is a datum without a value."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return _double(value)
        case list() | dict():
            return _nested(value)
        case str() if kind == "varbinary":
            return binary_as_hex(value)
        case _:
            return str(value)


def _nested(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_nested(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}={_nested(v)}" for k, v in value.items()) + "}"
    return "null" if value is None else str(value) if isinstance(value, str) else json.dumps(value)


def _double(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)
