"""What several test files do: CSV files, archives and drops that are bad on purpose, and reading a lake back."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from keystone_nexus.contracts.catalog import table, tables
from keystone_nexus.source.records import RecordReader

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


HELD_BACK = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
"""Before a command: permissions hold it back as they do a user, also where the tests run as root."""


@dataclass(frozen=True)
class Member:
    """A member of an archive as its headers say it is, true or not."""

    name: str
    data: bytes
    size: int
    packed: int | None = None
    crc: int = 0
    method: int = zipfile.ZIP_DEFLATED
    flags: int = 0


def forge_archive(path: Path, members: list[Member]) -> Path:
    """A zip archive whose headers say what they are told to, with sizes beyond 4 GiB where need be."""
    body, directory = b"", b""
    for m in members:
        name, packed = m.name.encode(), len(m.data) if m.packed is None else m.packed
        common = struct.pack("<HHHHHI", 45, m.flags, m.method, 0, 0x21, m.crc)
        extra = struct.pack("<HHQQ", 1, 16, m.size, packed)
        sizes = struct.pack("<IIHH", 0xFFFFFFFF, 0xFFFFFFFF, len(name), len(extra))
        at = struct.pack("<HHHII", 0, 0, 0, 0, len(body))
        directory += b"PK\1\2" + struct.pack("<H", 45) + common + sizes + at + name + extra
        body += b"PK\3\4" + common + sizes + name + extra + m.data
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    path.write_bytes(body + directory + b"PK\5\6" + end)
    return path


def deflate(head: bytes, filler: bytes, times: int) -> bytes:
    """The raw deflate stream of `head` and `times` times `filler`, without compressing it that often."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    middle = packer.compress(filler) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + middle * times + packer.flush(zlib.Z_FINISH)


def nine_headers(folder: Path) -> Path:
    """A drop of all nine tables without a row."""
    folder.mkdir(exist_ok=True)
    for name in tables():
        (folder / f"{name}.csv").write_text(header_of(name))
    return folder
