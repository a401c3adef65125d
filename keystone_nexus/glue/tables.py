"""The Glue tables that must be there, as `CreateTable` wants them, from the contracts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keystone_nexus.contracts.catalog import Table, tables
from keystone_nexus.glue.names import database, folder
from keystone_nexus.glue.projection import KEYS, Span, by_day, by_day_or_none
from keystone_nexus.lake.layout import UNDATED
from keystone_nexus.wire.vocabulary import EVENTS

HIVE_TYPES = {
    "text": "string",
    "money": "decimal(12,2)",
    "timestamp": "timestamp",
    "integer": "bigint",
    "coordinate": "double",
}
DAY_COMMENTS = {"year": "Year of the day.", "month": "Month of the day.", "day": "Day of the month."}
OBJECT_COLUMNS = {
    "_source_row": ("int", "Number of the record in its file, from 1; the header is not counted."),
    "_raw": ("string", "Text of a record that could not be parsed, else null."),
    "_broken": ("string", "Why it could not be parsed, else null."),
}
REJECT_COLUMNS = {
    "_rules": ("array<string>", "The rules that the row breaks."),
    "_source_object": ("string", "The object of bronze from which the row came."),
    "_source_row": ("bigint", "Number of the record in it; the offset where an event made the row."),
    "_raw": ("string", "Text of a record that could not be parsed, else null."),
    "_day": ("date", "The day of the row; null where it cannot be known."),
}
EVENT_COLUMNS = {
    "event_id": ("string", "The event; null where the record is none."),
    "event_type": ("string", "What happened."),
    "event_time": ("timestamp", "When it happened."),
    "order_id": ("string", "The order to which it happened."),
    "_value": ("binary", "The record as it was in Kafka."),
    "_key": ("binary", "Its key."),
    "_schema": ("string", "Identity of the schema it was written with."),
    "_produced_at": ("timestamp", "The broker's time of the record."),
    "_source_row": ("bigint", "Its offset."),
    "_rules": ("array<string>", "Why it is no event; empty for a sound one."),
}
OBJECTS = "_objects"
"""Ending of the table over bronze's objects, on which the view that people query stands."""
LEDGER = "ledger_lines"
MADE_BY = "keystone.contract"
"""Parameter that marks our tables: one that no contract wants any more is removed, a stranger's is not."""
EVENTS_OWNER = "team:orders"
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
_HIVE = "org.apache.hadoop"
Columns = dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class GlueTable:
    """A database's name, and the `TableInput` of a table in it."""

    database: str
    input: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.input["Name"])


def layer_tables(name: str, env: str, span: Span) -> list[GlueTable]:
    """Every table over files: silver, quarantine, and the objects of bronze."""
    found: list[GlueTable] = []
    for spec in tables().values():
        found += [_silver(name, env, spec, span), _quarantine(name, env, spec, span), _objects(name, env, spec)]
    found.append(_events(name, env, "bronze"))
    found.append(_events(name, env, "quarantine"))
    found.append(_ledger(name, env))
    return found


def _silver(name: str, env: str, spec: Table, span: Span) -> GlueTable:
    columns = {c.name: (HIVE_TYPES[c.kind], c.description + (f" [{c.unit}]" if c.unit else "")) for c in spec.columns}
    place = folder(name, "silver", spec.name)
    keys = {k: ("bigint", DAY_COMMENTS[k]) for k in KEYS} if spec.dated else {}
    made = parquet(spec.name, spec.description, spec.owner, columns, place, keys)
    if spec.dated:
        made["Parameters"] |= by_day(place, span)
    return GlueTable(database("silver", env), made)


def _quarantine(name: str, env: str, spec: Table, span: Span) -> GlueTable:
    said = f"Rejected rows of {spec.name}, as they came, with why."
    columns = {c.source: ("string", c.description) for c in spec.columns} | REJECT_COLUMNS
    place = folder(name, "quarantine", spec.name)
    if not spec.dated:
        return GlueTable(
            database("quarantine", env), parquet(spec.name, said, spec.owner, columns, f"{place}{UNDATED}/", {})
        )
    keys = {k: ("string", DAY_COMMENTS[k] + " Zeros where it cannot be known.") for k in KEYS}
    made = parquet(spec.name, said, spec.owner, columns, place, keys)
    made["Parameters"] |= by_day_or_none(place, span)
    return GlueTable(database("quarantine", env), made)


def _objects(name: str, env: str, spec: Table) -> GlueTable:
    said = f"Files of {spec.source_file} as they arrived, also those without an entry in the ledger: query {spec.name}."
    columns = {c.source: ("string", c.description) for c in spec.columns} | OBJECT_COLUMNS
    place = folder(name, "bronze", spec.name)
    return GlueTable(database("bronze", env), parquet(spec.name + OBJECTS, said, spec.owner, columns, place, {}))


def _events(name: str, env: str, layer: str) -> GlueTable:
    said = "Landed records of the stream." if layer == "bronze" else "Landed records that are no events, with why."
    made = parquet(EVENTS + OBJECTS, said, EVENTS_OWNER, EVENT_COLUMNS, folder(name, layer, EVENTS), {})
    return GlueTable(database(layer, env), made)


def _ledger(name: str, env: str) -> GlueTable:
    """The ledger line by line, in which the views look up whether an object counts."""
    made = parquet(
        LEDGER, "Lines of the ledger's entries.", EVENTS_OWNER,
        {"line": ("string", "A line of JSON.")}, folder(name, "bronze", "_ledger"), {},
    )  # fmt: skip
    made["Parameters"]["classification"] = "csv"
    made["StorageDescriptor"] |= {
        "InputFormat": f"{_HIVE}.mapred.TextInputFormat",
        "OutputFormat": f"{_HIVE}.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": f"{_HIVE}.hive.serde2.lazy.LazySimpleSerDe",
            "Parameters": {"field.delim": "\x01", "serialization.format": "\x01"},
        },
    }
    return GlueTable(database("bronze", env), made)


def parquet(name: str, description: str, owner: str, columns: Columns, location: str, keys: Columns) -> dict[str, Any]:
    """An external table over Parquet files."""
    return {
        "Name": name,
        "Description": description,
        "Owner": owner,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet", MADE_BY: "1"},
        "PartitionKeys": listed(keys),
        "StorageDescriptor": {
            "Columns": listed(columns),
            "Location": location,
            "InputFormat": f"{_PARQUET}.MapredParquetInputFormat",
            "OutputFormat": f"{_PARQUET}.MapredParquetOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": f"{_PARQUET}.serde.ParquetHiveSerDe",
                "Parameters": {"serialization.format": "1"},
            },
        },
    }


def listed(columns: Columns) -> list[dict[str, str]]:
    return [{"Name": name, "Type": kind, "Comment": said[:255]} for name, (kind, said) in columns.items()]
