"""The views of bronze and of events: the promised columns, and only objects that count by the ledger.

A view is a Glue table whose text is base64 of JSON, which is how Athena keeps it. It has no description: that would
take the place of the comment by which engines know a view.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from keystone_nexus.contracts.catalog import Table, tables
from keystone_nexus.glue.names import SCHEME, database
from keystone_nexus.glue.tables import (
    EVENT_COLUMNS,
    EVENTS_OWNER,
    LEDGER,
    MADE_BY,
    OBJECT_COLUMNS,
    OBJECTS,
    Columns,
    GlueTable,
    listed,
)
from keystone_nexus.wire.vocabulary import EVENTS

CATALOG = "awsdatacatalog"
SQL_TYPES = {
    "string": "varchar",
    "int": "integer",
    "bigint": "bigint",
    "binary": "varbinary",
    "timestamp": "timestamp(3)",
    "array<string>": "array(varchar)",
}
SOURCE = ("string", "The object of bronze in which the row is.")


def views(name: str, env: str) -> list[GlueTable]:
    """`bronze.<table>`, `bronze.order_events` and `quarantine.order_events`."""
    found = [_bronze(name, env, spec) for spec in tables().values()]
    return [*found, _events(name, env, "bronze"), _events(name, env, "quarantine")]


def _bronze(name: str, env: str, spec: Table) -> GlueTable:
    columns: Columns = {c.source: ("string", c.description) for c in spec.columns}
    columns |= {"_source_object": SOURCE, **{k: OBJECT_COLUMNS[k] for k in ("_source_row", "_raw")}}
    return _view(name, env, "bronze", spec.name, spec.owner, columns)


def _events(name: str, env: str, layer: str) -> GlueTable:
    columns = {k: v for k, v in EVENT_COLUMNS.items() if layer == "quarantine" or k != "_rules"}
    return _view(name, env, layer, EVENTS, EVENTS_OWNER, columns | {"_source_object": SOURCE})


def _view(name: str, env: str, layer: str, table: str, owner: str, columns: Columns) -> GlueTable:
    # Keys of a lake begin with the layer; those of a bucket do not. An object of quarantine is named by bronze's.
    skipped = len(f"{SCHEME}{name}-{layer}/")
    key = f"'bronze/' || substr(\"$path\", {skipped + 1})"
    picked = ", ".join(f'{key} as "{c}"' if c == "_source_object" else f'"{c}"' for c in columns)
    known = _counted(env) if table == EVENTS else f"select object from ({_recorded(env)})"
    sql = f"select {picked} from {CATALOG}.{database(layer, env)}.{table}{OBJECTS} where {key} in ({known})"
    definition: dict[str, Any] = {
        "originalSql": sql,
        "catalog": CATALOG,
        "schema": database(layer, env),
        "columns": [{"name": c, "type": SQL_TYPES[kind]} for c, (kind, _) in columns.items()],
    }
    encoded = base64.b64encode(json.dumps(definition).encode()).decode()
    return GlueTable(
        database(layer, env),
        {
            "Name": table,
            "Owner": owner,  # as whom the view reads its tables
            "TableType": "VIRTUAL_VIEW",
            "Parameters": {"presto_view": "true", "comment": "Presto View", MADE_BY: "1"},
            "PartitionKeys": [],
            "StorageDescriptor": {"Columns": listed(columns), "Location": "", "SerdeInfo": {}},
            "ViewOriginalText": f"/* Presto View: {encoded} */",
            "ViewExpandedText": "/* Presto View */",
        },
    )


def _recorded(env: str) -> str:
    """The objects that the ledger names, each with its entry's file."""
    ledger = f"{CATALOG}.{database('bronze', env)}.{LEDGER}"
    found = """regexp_extract(line, '"object": "([^"]+)"', 1)"""
    return f'select {found} as object, "$path" as entry from {ledger} where {found} is not null'


def _counted(env: str) -> str:
    """The objects of ranges that count: each begins where its partition ended when it was planned, so that of those
    with one beginning the first one counts. What precedes the last number of an object's name says where it begins."""
    begins = "regexp_extract(object, '(.+)-[0-9]+[.]parquet', 1)"
    turn = f"row_number() over (partition by {begins} order by entry)"
    return f"select object from (select object, {turn} as turn from ({_recorded(env)})) where turn = 1"
