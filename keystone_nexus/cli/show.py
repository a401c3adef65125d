"""Prints: tables for people, JSON for programs; progress to stderr."""

from __future__ import annotations

import csv
import datetime
import decimal
import json
import math
import os
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

from keystone_nexus.cli.streams import IN_A_CELL, Stream, escaped, json_escaped


def plain(value: Any) -> Any:
    """A value as interface.md wants it in JSON: decimals and times as text in full, integers and booleans native."""
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value if isinstance(value, int | float | str | bool | None) else str(value)


def print_json(value: Any) -> None:
    """What a terminal would obey is escaped, and so is what the output's own characters lack."""
    text = json_escaped(json.dumps(plain(value), ensure_ascii=False, indent=1))
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(plain(value), indent=1)
    print(text)


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The values as they are; to a terminal with control characters escaped."""
    out = sys.stdout
    writer = csv.writer(_AsItIs(out) if isinstance(out, Stream) and not out.isatty() else out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([plain(v) for v in row] for row in rows)


class _AsItIs:
    """A file to the csv module."""

    def __init__(self, stream: Stream) -> None:
        self.write = stream.write_as_it_is


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], empty: str = "(no rows)") -> None:
    """Columns aligned, numbers to the right."""
    body = [[_cell(v) for v in row] for row in rows]
    right = (
        [
            all(isinstance(r[i], int | float | decimal.Decimal) or r[i] is None for r in rows)
            for i in range(len(columns))
        ]
        if isinstance(rows, list) and rows
        else [False] * len(columns)
    )
    columns = [escaped(name, IN_A_CELL) for name in columns]
    widths = [max(len(name), *(len(r[i]) for r in body), 0) if body else len(name) for i, name in enumerate(columns)]
    line = [name.rjust(w) if r else name.ljust(w) for name, w, r in zip(columns, widths, right, strict=True)]
    print("  ".join(line).rstrip())
    print("  ".join("-" * w for w in widths))
    for row in body:
        print("  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)).rstrip())
    if not body:
        print(empty)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:,}"
    text = (
        str(plain(value))
        if not isinstance(value, dict | list | tuple)
        else json.dumps(plain(value), ensure_ascii=False)
    )
    return escaped(text, IN_A_CELL)


class Progress:
    """Lines on stderr: a live one on a terminal, plain ones elsewhere, JSON ones with `KEYSTONE_LOG=json`."""

    def __init__(self, *, quiet: bool) -> None:
        self._started = time.perf_counter()
        self._quiet = quiet
        self._json = os.environ.get("KEYSTONE_LOG") == "json"
        self._live = sys.stderr.isatty() and not self._json

    def __call__(self, text: str) -> None:
        if self._quiet:
            return
        seconds = time.perf_counter() - self._started
        if self._json:
            line = {"at": datetime.datetime.now(datetime.UTC).isoformat(), "seconds": round(seconds, 2), "event": text}
            print(json.dumps(line, ensure_ascii=False), file=sys.stderr, flush=True)
        elif self._live:
            _control(f"\r\033[K{seconds:6.1f} s  {escaped(text, IN_A_CELL)}")
        else:
            print(f"{seconds:6.1f} s  {text}", file=sys.stderr, flush=True)

    def done(self) -> None:
        if self._live and not self._quiet:
            _control("\r\033[K")


def _control(text: str) -> None:
    """To the terminal, with what moves its cursor."""
    if isinstance(sys.stderr, Stream):
        sys.stderr.write_as_it_is(text)
    else:
        sys.stderr.write(text)
    sys.stderr.flush()
