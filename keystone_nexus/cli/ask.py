"""`keystone query`: read-only SQL."""

from __future__ import annotations

import argparse

from keystone_nexus.cli.main import open_lake
from keystone_nexus.cli.show import print_csv, print_json, print_table

PLAN = ["explain_key", "explain_value"]
"""The columns of what `explain` answers: a drawing, which is no table."""


def query(arguments: argparse.Namespace) -> int:
    """Prints the rows of one statement as a table, CSV or JSON."""
    from keystone_nexus.glue.ask import ask

    answer = ask(open_lake(arguments), arguments.sql)
    columns, rows = answer.columns, answer.rows
    style = arguments.format or ("json" if arguments.json else "table")
    if style == "json":
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif style == "csv":
        print_csv(columns, rows)
    elif columns == PLAN:
        print("\n".join(str(text) for _, text in rows))
    else:
        print_table(columns, rows)
    return 0
