"""Which columns of which relations of gold a query names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from keystone_nexus.lake.errors import Refused


def used_columns(sql: str, columns: Mapping[str, Sequence[str]], dialect: str = "duckdb") -> dict[str, set[str] | None]:
    """Relation -> the columns of it that are read; None is every one (`select *`).

    A column that could be of several relations counts for each that has it: the estimate is never too low.
    """
    try:
        tree = parse_one(sql, dialect=dialect)
    except SqlglotError as error:
        raise Refused(f"the query cannot be read: {error}") from error
    found: dict[str, set[str] | None] = {}
    for scope in traverse_scope(tree):
        tables = {
            alias: source.name.lower()
            for alias, source in scope.sources.items()
            if isinstance(source, exp.Table) and source.name.lower() in columns
        }
        for name in tables.values():
            found.setdefault(name, set())
        if any(isinstance(one, exp.Star) for one in cast("exp.Select", scope.expression).selects):
            found.update(dict.fromkeys(tables.values()))
        for column in scope.columns:
            names = [tables[column.table]] if column.table in tables else ([] if column.table else tables.values())
            for name in names:
                used = found[name]
                if used is not None and column.name.lower() in columns[name]:
                    used.add(column.name.lower())
    return found
