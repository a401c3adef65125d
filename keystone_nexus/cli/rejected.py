"""`keystone quarantine`: what was rejected and why, and another try at it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from keystone_nexus.cli.main import open_lake
from keystone_nexus.cli.show import print_json, print_table
from keystone_nexus.lake.errors import Refused
from keystone_nexus.wire.vocabulary import EVENTS

if TYPE_CHECKING:
    from keystone_nexus.lake.sql import Answer


def quarantine(arguments: argparse.Namespace) -> int:
    return {"list": _list, "show": _show, "replay": _replay}[arguments.action](arguments)


def _list(arguments: argparse.Namespace) -> int:
    """Rejected rows by table and rule, with their first and last day."""
    from keystone_nexus.contracts.catalog import tables
    from keystone_nexus.lake.sql import query

    parts = [f"select '{name}' as \"table\", unnest(_rules) as rule, _day from quarantine.{name}" for name in tables()]
    parts.append(f"select '{EVENTS}', unnest(_rules), null from quarantine.{EVENTS}")
    sql = (
        f'select "table", rule, count(*) as rows, count(*) filter (where _day is null) as undated, '
        f"min(_day) as first_day, max(_day) as last_day from ({' union all '.join(parts)}) group by 1, 2 order by 1, 2"
    )
    answer = query(open_lake(arguments), sql)
    _print(arguments, answer, "nothing is quarantined")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from keystone_nexus.contracts.catalog import tables
    from keystone_nexus.lake.sql import query

    table = _table(arguments.table)
    # What is no event names no day, and its rules are no contract's.
    relation = f"quarantine.{table}" if table != EVENTS else f"(select *, null as _day from quarantine.{EVENTS})"
    conditions = ["true"]
    if arguments.rule:
        known = tables()[table].rules() if table != EVENTS else [arguments.rule]
        if arguments.rule not in known:
            raise Refused(f"{table} has no rule {arguments.rule!r}: it has {', '.join(known)}")
        rule = arguments.rule.replace("'", "''")
        conditions.append(f"list_contains(_rules, '{rule}')")
    if arguments.day:
        conditions.append(f"_day = date '{arguments.day}'")
    sql = (
        f"select _rules, _day, _source_object, _source_row, * exclude (_rules, _day, _source_object, _source_row) "
        f"from {relation} where {' and '.join(conditions)} order by _day, _source_object, _source_row limit {arguments.limit}"
    )
    _print(arguments, query(open_lake(arguments), sql), "no such rows")
    return 0


def _print(arguments: argparse.Namespace, answer: Answer, empty: str) -> None:
    columns, rows = answer.columns, answer.rows
    if arguments.json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, rows, empty)


def _replay(arguments: argparse.Namespace) -> int:
    """Re-runs the days that have rejects: rows return whose contract, parents or schema were mended."""
    from keystone_nexus.cli.run import replay

    return replay(arguments, open_lake(arguments), _table(arguments.table) if arguments.table else None)


def _table(name: str) -> str:
    """A table by its name, or by its asset's. Raises Refused for one that is none."""
    from keystone_nexus.contracts.catalog import tables

    table = name.removeprefix("quarantine/").removeprefix("silver/")
    if table not in (*tables(), EVENTS):
        raise Refused(f"there is no table {table!r}: there are {', '.join(tables())}, {EVENTS}")
    return table
