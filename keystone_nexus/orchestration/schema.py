"""What Dagster shows of a contract: column schema, lineage, owners, tags, kinds."""

from __future__ import annotations

import dagster as dg

from keystone_nexus.contracts.catalog import Table, tables

TYPES = {
    "text": "varchar",
    "money": "decimal(12,2)",
    "timestamp": "timestamp",
    "integer": "bigint",
    "coordinate": "double",
}


def silver_schema(spec: Table) -> dg.TableSchema:
    """The columns of a silver table with types, meanings and constraints."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                c.name,
                TYPES[c.kind],
                description=c.description + (f" [{c.unit}]" if c.unit else ""),
                constraints=dg.TableColumnConstraints(
                    nullable=not c.required,
                    unique=spec.key == (c.name,),
                    other=[f"one of {', '.join(map(str, c.domain))}"] if c.domain else [],
                ),
                tags={"pii": ""} if c.pii else {},
            )
            for c in spec.columns
        ],
        constraints=dg.TableConstraints(other=[f"key: {', '.join(spec.key)}"]),
    )


def text_schema(spec: Table, extra: dict[str, str]) -> dg.TableSchema:
    """The columns of bronze or quarantine: the source's own, as text, and `extra`."""
    meanings = {c.source: c.description for c in spec.columns}
    columns = [dg.TableColumn(name, "varchar", description=text) for name, text in meanings.items()]
    return dg.TableSchema(columns=[*columns, *(dg.TableColumn(n, t) for n, t in extra.items())])


def silver_lineage(spec: Table) -> dg.TableColumnLineage:
    """Silver column -> the bronze column it is cast from, and the parents' keys that it is checked against."""
    return dg.TableColumnLineage(
        {
            c.name: [
                dg.TableColumnDep(dg.AssetKey(["bronze", spec.name]), c.source),
                *(
                    dg.TableColumnDep(dg.AssetKey(["bronze", parent]), tables()[parent].key[0])
                    for column, parent in spec.foreign_keys.items()
                    if column == c.name
                ),
            ]
            for c in spec.columns
        }
    )


def quarantine_lineage(spec: Table) -> dg.TableColumnLineage:
    """Quarantine keeps the source's text: each column comes from its own."""
    return dg.TableColumnLineage(
        {c.source: [dg.TableColumnDep(dg.AssetKey(["bronze", spec.name]), c.source)] for c in spec.columns}
    )


REJECTED = {
    "_rules": "varchar[]",
    "_source_object": "varchar",
    "_source_row": "bigint",
    "_raw": "varchar",
    "_day": "date",
}
"""What quarantine adds to the source's columns."""


def undated_schema(specs: list[Table]) -> dg.TableSchema:
    """The columns that the quarantines of several tables share."""
    wanted = _shared(specs) | REJECTED.keys()
    return dg.TableSchema(columns=[c for c in text_schema(specs[0], REJECTED).columns if c.name in wanted])


def undated_lineage(specs: list[Table]) -> dg.TableColumnLineage:
    """A column that all tables have comes from each of them."""
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(dg.AssetKey(["bronze", spec.name]), column) for spec in specs]
            for column in sorted(_shared(specs))
        }
    )


def _shared(specs: list[Table]) -> set[str]:
    return set[str].intersection(*({c.source for c in spec.columns} for spec in specs))


def parents(spec: Table) -> list[str]:
    """The tables whose bronze decides about a table's rows: itself, its parents, and theirs."""
    found = [spec.name]
    for parent in spec.foreign_keys.values():
        found += [name for name in parents(tables()[parent]) if name not in found]
    return found


EVENT_COLUMNS = {
    "event_id": ("varchar", "The event's UUID: a client that retries sends the same."),
    "event_type": ("varchar", "What happened: placed, payment, approved, ..."),
    "event_time": ("timestamp", "When it happened."),
    "order_id": ("varchar", "The order."),
    "_value": ("blob", "The record's bytes."),
    "_key": ("blob", "The record's key."),
    "_schema": ("varchar", "Identity of the schema that it was written with."),
    "_produced_at": ("timestamp", "When the broker took it."),
    "_source_object": ("varchar", "The object that holds its range."),
    "_source_row": ("bigint", "Its offset."),
}
"""Columns of the event log, as queries see it."""
REASONS = {"_rules": ("varchar[]", "Why it is no order event.")}


def event_schema(more: dict[str, tuple[str, str]] | None = None) -> dg.TableSchema:
    columns = {**EVENT_COLUMNS, **(more or {})}
    return dg.TableSchema(columns=[dg.TableColumn(n, kind, description=text) for n, (kind, text) in columns.items()])


def event_lineage() -> dg.TableColumnLineage:
    """Quarantine's columns are the log's own."""
    log = dg.AssetKey(["bronze", "order_events"])
    return dg.TableColumnLineage({name: [dg.TableColumnDep(log, name)] for name in EVENT_COLUMNS})
