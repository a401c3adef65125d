"""What the Glue catalog lacks of what the contracts say, and how it gets it. Both can be run again at any time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from keystone_nexus.glue.errors import classified
from keystone_nexus.glue.names import BUILD, SCHEMAS, database, folder
from keystone_nexus.glue.projection import Span, every_year
from keystone_nexus.glue.tables import MADE_BY, GlueTable, layer_tables
from keystone_nexus.glue.views import views

SCHEMA_SAYS = {
    "bronze": "Rows as they arrived.",
    "silver": "Cleaned tables, valid by contract.",
    "quarantine": "Rejected rows, with why.",
    "gold": "Star schema and KPI marts.",
    BUILD: "What a build of gold makes before it is published.",
}
LAYER_OF = {BUILD: "gold"}
SHOWN = 80


class Glue(Protocol):
    """What is asked of boto3's Glue client."""

    def get_paginator(self, operation_name: Any, /) -> Any: ...
    def create_database(self, **kwargs: Any) -> Any: ...
    def create_table(self, **kwargs: Any) -> Any: ...
    def update_table(self, **kwargs: Any) -> Any: ...
    def delete_table(self, **kwargs: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. `kind` is missing, differs or left over; no table means the database."""

    kind: str
    database: str
    table: str | None = None
    said: str = ""

    def sentence(self) -> str:
        what = f"{self.database}.{self.table}" if self.table else f"the database {self.database}"
        return f"{what} {'is ' if self.kind != 'differs' else ''}{self.kind}" + (f": {self.said}" if self.said else "")


def wanted(name: str, env: str, span: Span | None = None) -> list[GlueTable]:
    """Every table and view of the lake `s3://NAME`; tables before the views that read them."""
    return [*layer_tables(name, env, span or every_year()), *views(name, env)]


def plan(glue: Glue, name: str, env: str, span: Span | None = None) -> list[Difference]:
    """What differs between the catalog and the contracts, nothing after `apply`. Raises KeystoneError."""
    with classified("read the Glue catalog"):
        return differences(wanted(name, env, span), env, _present(glue, env))


def differences(tables: list[GlueTable], env: str, present: dict[str, dict[str, dict[str, Any]]]) -> list[Difference]:
    """The same of what is present: database -> table's name -> the table as Glue gives it."""
    names = [database(schema, env) for schema in SCHEMAS]
    found = [Difference("missing", one) for one in [*names, database(BUILD, env)] if one not in present]
    for table in tables:
        held = present.get(table.database, {}).get(table.name)
        if held is None:
            found.append(Difference("missing", table.database, table.name))
        elif said := _drift(table.input, held):
            found.append(Difference("differs", table.database, table.name, "; ".join(said)))
    ours = {(t.database, t.name) for t in tables}
    for one in names:
        for other, held in present.get(one, {}).items():
            if (one, other) not in ours and MADE_BY in held.get("Parameters", {}):
                found.append(Difference("left over", one, other, "no contract wants it"))
    return found


def apply(glue: Glue, name: str, env: str, span: Span | None = None) -> list[Difference]:
    """Makes the catalog what `plan` wants. Returns what was changed. Data is never touched. Raises KeystoneError."""
    tables = wanted(name, env, span)
    inputs = {(t.database, t.name): t.input for t in tables}
    with classified("write the Glue catalog"):
        done = differences(tables, env, _present(glue, env))
        for one in done:
            schema = next(s for s in SCHEMA_SAYS if database(s, env) == one.database)
            match one.kind, one.table:
                case "missing", None:
                    said = {"Name": one.database, "Description": SCHEMA_SAYS[schema]}
                    glue.create_database(
                        DatabaseInput=said | {"LocationUri": folder(name, LAYER_OF.get(schema, schema))}
                    )
                case "missing", str(table):
                    glue.create_table(DatabaseName=one.database, TableInput=inputs[one.database, table])
                case "differs", str(table):
                    glue.update_table(DatabaseName=one.database, TableInput=inputs[one.database, table])
                case _:
                    glue.delete_table(DatabaseName=one.database, Name=one.table)
    return done


def _present(glue: Glue, env: str) -> dict[str, dict[str, dict[str, Any]]]:
    """All databases of the environment that are there, with their tables: one request per database and page."""
    pages = glue.get_paginator("get_databases").paginate()
    there = {d["Name"] for page in pages for d in page["DatabaseList"]}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    if (building := database(BUILD, env)) in there:
        found[building] = {}  # what is in it is the build's
    for schema in SCHEMAS:
        one = database(schema, env)
        if one in there:
            listing = glue.get_paginator("get_tables").paginate(DatabaseName=one)
            found[one] = {t["Name"]: t for page in listing for t in page["TableList"]}
    return found


def _drift(want: dict[str, Any], held: dict[str, Any]) -> list[str]:
    """What is not as it should be, in words."""
    said = [
        _changed(key.lower(), want[key], held.get(key) or "")
        for key in ("TableType", "Description", "Owner", "ViewOriginalText")
        if key in want and want[key] != (held.get(key) or "")
    ]
    ours, theirs = want["StorageDescriptor"], held.get("StorageDescriptor", {})
    for key in ("Location", "InputFormat", "OutputFormat"):
        if ours.get(key, "") != (theirs.get(key) or ""):
            said.append(_changed(key.lower(), ours.get(key, ""), theirs.get(key) or ""))
    serde, other = ours["SerdeInfo"], theirs.get("SerdeInfo") or {}
    if any(serde[k] != other.get(k) for k in serde):
        said.append("the format of its rows is another")
    said += _columns("column", ours["Columns"], theirs.get("Columns") or [])
    said += _columns("partition key", want["PartitionKeys"], held.get("PartitionKeys") or [])
    parameters = held.get("Parameters") or {}
    for key, value in want["Parameters"].items():
        if parameters.get(key) != value:
            said.append(_changed(key, value, parameters.get(key, "")))
    surplus = [k for k in parameters if k.startswith("projection.") and k not in want["Parameters"]]
    said += [f"{key} is {parameters[key]} and should not be" for key in surplus]
    return said


def _columns(what: str, want: list[dict[str, str]], held: list[dict[str, Any]]) -> list[str]:
    """Differences of columns by name; the order too, since Athena shows them in it."""
    there = {c["Name"]: c for c in held}
    names = [c["Name"] for c in want]
    said = [f"{what} {c} is missing" for c in names if c not in there]
    said += [f"{what} {c} is in no contract" for c in there if c not in names]
    for column in want:
        other = there.get(column["Name"])
        if other is not None:
            for key in ("Type", "Comment"):
                if column[key] != (other.get(key) or ""):
                    said.append(_changed(f"{what} {column['Name']}'s {key.lower()}", column[key], other.get(key) or ""))
    if not said and names != [c["Name"] for c in held]:
        said.append(f"its {what}s are in another order")
    return said


def _changed(what: str, want: str, held: str) -> str:
    if max(len(want), len(held)) > SHOWN:
        return f"{what} is another"
    return f"{what} is {held or 'nothing'}, not {want}"
