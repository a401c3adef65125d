"""What several test files do: CSV files, archives and drops that are bad on purpose, and reading a lake back."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

from keystone_nexus.contracts.catalog import table
from keystone_nexus.source.records import RecordReader
from tests.conftest import keystone

Row = tuple[tuple[str, ...] | None, str | None, str | None]
"""The fields of a record, or None and its text and what broke it."""


def read_records(data: bytes, block: int = 1 << 20) -> tuple[list[str], list[Row]]:
    """The header and all records of CSV bytes, read in blocks of a size. Asserts that records count from 1."""
    reader = RecordReader(io.BytesIO(data), "x.csv", block)
    rows = [row for batch in reader.batches() for row in batch.to_pylist()]
    assert [row["_source_row"] for row in rows] == list(range(1, len(rows) + 1))
    assert reader.rows == len(rows)
    found: list[Row] = []
    for row in rows:
        values = [row[name] for name in reader.header]
        whole = None if all(v is None for v in values) else tuple(values)
        found.append((whole, row["_raw"], row["_broken"]))
    return reader.header, found


def header_of(name: str) -> str:
    """The header line of a source table."""
    return ",".join(table(name).source_columns) + "\n"


def write_archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def files_below(folder: Path) -> dict[str, bytes]:
    """Name -> content of every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def nobody() -> dict[str, object]:
    """Arguments of subprocess that make the child a user whom permissions hold back, as root is by none."""
    return {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}


def rows(lake: Path, sql: str) -> list[dict[str, object]]:
    """The answer of `keystone query`."""
    done = keystone(lake, "query", sql, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
