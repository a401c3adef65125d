"""Rows as an Excel workbook of one sheet. A sheet's limits are refused by name before or while it is written."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keystone_nexus.lake.errors import Refused

if TYPE_CHECKING:
    import duckdb
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_575  # and the header
MOST_CHARACTERS = 32_767
EXACT = 2**53
"""Cells hold doubles: longer whole numbers would change."""
STARTS_A_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
Write = Callable[[int, int, Any], None]


def write_excel(connection: duckdb.DuckDBPyConnection, source: str, select: str, path: Path) -> int:
    """Writes the rows of `select`, and returns how many. `source` is what is counted first."""
    from xlsxwriter import Workbook

    rows = connection.execute(f"select count(*) from {source}").fetchall()[0][0]
    if rows > MOST_ROWS:
        raise Refused(
            f"{source} has {rows:,} rows, a sheet of Excel holds 1,048,576 with its header: write .csv or .parquet"
        )
    answer = connection.execute(select)
    names = [str(d[0]) for d in answer.description or []]
    with Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("rows")
        head = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(names):
            sheet.write_string(0, column, name, head)
            sheet.set_column(column, column, min(max(len(name) + 2, 10), 40))
        write = _writer(sheet, _formats(book), names)
        number = 0
        while some := answer.fetchmany(5000):
            for row in some:
                number += 1
                for column, value in enumerate(row):
                    write(number, column, value)
    return number


def _formats(book: Any) -> dict[str, Format]:
    return {
        "decimal": book.add_format({"num_format": "#,##0.00####"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        "text": book.add_format({"quote_prefix": True}),  # Excel's own apostrophe: text, also once it is edited
    }


def _writer(sheet: Worksheet, formats: dict[str, Format], names: list[str]) -> Write:
    def text(row: int, column: int, value: str) -> None:
        if len(value) > MOST_CHARACTERS:
            raise Refused(
                f"row {row:,} has {len(value):,} characters in {names[column]}, a cell of Excel holds "
                f"{MOST_CHARACTERS:,}: write .csv or .parquet"
            )
        sheet.write_string(row, column, value, formats["text"] if STARTS_A_FORMULA.match(value) else None)

    def write(row: int, column: int, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, int | float | Decimal) and _is_exact(value):
            sheet.write_number(row, column, value, formats["decimal"] if isinstance(value, Decimal) else None)  # pyright: ignore[reportArgumentType]
        elif isinstance(value, date) and value.year >= 1900:
            kind = "time" if isinstance(value, datetime) else "date"
            sheet.write_datetime(row, column, value, formats[kind])  # pyright: ignore[reportArgumentType]
        else:
            text(row, column, _text(value))

    return write


def _is_exact(value: float | Decimal) -> bool:
    return math.isfinite(value) and abs(value) <= EXACT


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
