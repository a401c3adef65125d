"""Gold's tables, from the database in which a build makes and tests them to the one that people read.

A table is what Glue says of it: where its Parquet lies, its columns, and its partitions. Publishing copies that and
moves no data, so all of gold changes within seconds, and what it was before can be published again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from keystone_nexus.glue.errors import classified
from keystone_nexus.lake.errors import EnvironmentFault

T = TypeVar("T")
Described = dict[str, Any]
"""`table`: Glue's TableInput; `partitions`: the values of each (year and month), with the folder where it lies."""
INPUT = ("Name", "Description", "Owner", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
AT_ONCE, DELETED_AT_ONCE = 100, 25
"""How many partitions Glue takes in one call."""


def described(glue: Any, database: str, names: Iterable[str]) -> list[Described]:
    """What Glue says of the tables with these names that it has, in the order of their names. Raises KeystoneError."""
    wanted = set(names)
    with classified(f"read the tables of {database}"):
        pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
        tables = [table for page in pages for table in page["TableList"] if table["Name"] in wanted]
        return [
            {"table": {k: t[k] for k in INPUT if k in t}, "partitions": _partitions(glue, database, t)}
            for t in sorted(tables, key=lambda one: one["Name"])
        ]


def location(one: Described) -> str:
    """The folder of a table."""
    return one["table"]["StorageDescriptor"]["Location"]


def alike(one: Described, other: Described) -> bool:
    """Whether readers get the same rows and columns by both."""
    return _seen(one) == _seen(other)


def _seen(one: Described) -> tuple[str, list[tuple[str, str]], set[tuple[str, ...]]]:
    columns = one["table"]["StorageDescriptor"].get("Columns", [])
    partitions = {(p["location"], *p["values"]) for p in one["partitions"]}
    return location(one), [(c["Name"], c["Type"]) for c in columns], partitions


def locations(glue: Any, database: str) -> dict[str, str]:
    """Where each table of a database lies; none where there is no such database. Raises KeystoneError."""
    with classified(f"read the tables of {database}"):
        pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
        try:
            tables = [table for page in pages for table in page["TableList"]]
        except glue.exceptions.EntityNotFoundException:
            return {}
    return {table["Name"]: table.get("StorageDescriptor", {}).get("Location") or "" for table in tables}


def clear(glue: Any, database: str) -> None:
    """Forgets what an earlier build made. Its data stays: it may be what people read. Raises KeystoneError."""
    with classified(f"clear {database}"):
        for some in _some(list(locations(glue, database)), AT_ONCE):
            _whole(glue.batch_delete_table(DatabaseName=database, TablesToDelete=list(some)), "clear", database)


def publish(glue: Any, database: str, tables: Sequence[Described], root: str) -> None:
    """Makes a database have these tables, and no others of those that lie below `root`.

    Where it fails, what was published before is put back. Raises KeystoneError.
    """
    names = {one["table"]["Name"] for one in tables}
    held = locations(glue, database)
    before = described(glue, database, names & held.keys())
    with classified(f"publish {database}"):
        try:
            for one in tables:
                _put(glue, database, one, new=one["table"]["Name"] not in held)
        except Exception:
            for one in before:
                with suppress(Exception):
                    _put(glue, database, one, new=False)
            raise
        for name in sorted(name for name, place in held.items() if place.startswith(root) and name not in names):
            glue.delete_table(DatabaseName=database, Name=name)


def _put(glue: Any, database: str, one: Described, *, new: bool) -> None:
    """The table first: a reader in between finds the partitions that were, which is what `ha: true` gives too."""
    name = one["table"]["Name"]
    if new:
        glue.create_table(DatabaseName=database, TableInput=one["table"])
    else:
        glue.update_table(DatabaseName=database, TableInput=one["table"], SkipArchive=True)
    if not one["table"].get("PartitionKeys"):
        return
    held = {tuple(p["values"]) for p in _partitions(glue, database, one["table"])}
    wanted = {tuple(p["values"]): _partition(one, p) for p in one["partitions"]}
    there = {"DatabaseName": database, "TableName": name}
    for some in _some([wanted[v] for v in wanted if v not in held], AT_ONCE):
        _whole(glue.batch_create_partition(**there, PartitionInputList=some), "publish", name)
    for some in _some([wanted[v] for v in wanted if v in held], AT_ONCE):
        entries = [{"PartitionValueList": p["Values"], "PartitionInput": p} for p in some]
        _whole(glue.batch_update_partition(**there, Entries=entries), "publish", name)
    for some in _some([{"Values": list(v)} for v in held if v not in wanted], DELETED_AT_ONCE):
        _whole(glue.batch_delete_partition(**there, PartitionsToDelete=some), "publish", name)


def _partitions(glue: Any, database: str, table: dict[str, Any]) -> list[dict[str, Any]]:
    if not table.get("PartitionKeys"):
        return []
    pages = glue.get_paginator("get_partitions").paginate(
        DatabaseName=database, TableName=table["Name"], ExcludeColumnSchema=True
    )
    return [
        {"values": p["Values"], "location": p["StorageDescriptor"]["Location"]}
        for page in pages
        for p in page["Partitions"]
    ]


def _partition(one: Described, partition: dict[str, Any]) -> dict[str, Any]:
    """Its format and columns are the table's."""
    storage = one["table"]["StorageDescriptor"] | {"Location": partition["location"]}
    return {"Values": partition["values"], "StorageDescriptor": storage}


def _whole(answer: dict[str, Any], doing: str, what: str) -> None:
    """Raises EnvironmentFault where Glue did a part of a batch only."""
    if errors := answer.get("Errors"):
        said = errors[0].get("ErrorDetail", errors[0])
        raise EnvironmentFault(f"could not {doing} {what}: {len(errors)} refused by Glue: {said}: run it again")


def _some(many: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for begin in range(0, len(many), size):
        yield many[begin : begin + size]
