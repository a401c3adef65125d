"""A drop: the CSV files that arrive together, from a directory, a zip archive or S3, read in place.

Nothing is unpacked. Whatever cannot be read safely is refused by name: corrupt, encrypted and nested archives,
members that point outside, archives that would swell out of proportion.
"""

from __future__ import annotations

import lzma
import os
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Protocol, TypeVar

from keystone_nexus.lake.errors import Refused

MAX_RATIO = 100
"""Uncompressed to compressed bytes. CSV shrinks by 3 to 20; a bomb by 1,000."""
RATIO_FREE = 64 << 20
"""Archives that unpack to less than this are harmless whatever their ratio."""
MAX_MEMBERS = 10_000
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError)
"""What Python's zip reader raises for bytes that are not what the archive's directory says."""


T = TypeVar("T")


class ByteStream(Protocol):
    """What a source's file is read from."""

    def read(self, size: int = ..., /) -> bytes: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One CSV file: its name in the drop, its size in bytes, and how to open it."""

    name: str
    size: int
    opener: Callable[[], ByteStream]

    @contextmanager
    def open(self) -> Iterator[Guarded]:
        """The file's bytes. Raises Refused where they cannot be read."""
        stream = Guarded(self)
        try:
            yield stream
        finally:
            stream.close()


class Guarded:
    """A source's stream, held to the size announced. Its faults are the source's, never mistaken for the lake's."""

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._given = 0
        self._stream = self._guard(file.opener)

    def read(self, size: int, /) -> bytes:
        chunk = self._guard(lambda: self._stream.read(size))
        self._given += len(chunk)
        if self._given > self._file.size or (not chunk and self._given < self._file.size):
            raise Refused(
                f"{self._file.name} changed while it was read ({self._file.size:,} bytes at first, "
                f"{self._given:,} now): wait until it is written and deliver it again"
            )
        return chunk

    def close(self) -> None:
        self._stream.close()

    def _guard(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except DAMAGED as error:
            raise Refused(f"{self._file.name}: the archive is damaged here ({error}): download it again") from error
        except OSError as error:
            raise Refused(f"{self._file.name} cannot be read: {error.strerror or error}") from error


@contextmanager
def open_drop(source: str) -> Iterator[list[SourceFile]]:
    """The CSV files of a source, by name. Raises Refused for what is none."""
    if readable(source) != source:
        raise Refused(f"{readable(source)} has a name that is not UTF-8: rename it")
    if source.startswith("s3://"):
        from keystone_nexus.source.s3 import open_s3_drop

        with open_s3_drop(source) as files:
            yield _some(files, source)
        return
    path = Path(source)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise Refused(f"there is no {source}: give a directory, a zip archive or s3://bucket/prefix") from None
    except OSError as error:
        raise Refused(f"{source} cannot be read: {error.strerror}") from error
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise Refused(f"{source} is no regular file: give a directory, a zip archive or a CSV file")
    if stat.S_ISDIR(mode):
        yield _some(_directory(path), source)
    elif zipfile.is_zipfile(path) or path.suffix.lower() == ".zip":
        with open_archive(path, source) as files:
            yield _some(files, source)
    elif path.suffix.lower() == ".csv":
        yield _some([file] if (file := _plain(path)) else [], source)
    else:
        raise Refused(f"{source} is neither a directory nor a zip archive nor a CSV file")


def readable(name: str) -> str:
    r"""A file's name as text; its bytes that are not UTF-8 as `\xNN`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _some(files: list[SourceFile], source: str) -> list[SourceFile]:
    if not files:
        raise Refused(f"{source} holds no CSV file")
    return sorted(files, key=lambda f: f.name)


def _directory(path: Path) -> list[SourceFile]:
    try:
        with os.scandir(path) as found:
            ours = [Path(e.path) for e in found if is_csv(e.name)]
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from error
    return [file for file in map(_plain, ours) if file is not None]


def _plain(path: Path) -> SourceFile | None:
    """A file of a directory, None for what is no file (a folder, a pipe). Raises Refused for a link to nowhere."""
    try:
        about = path.stat()
    except OSError as error:
        raise Refused(f"{readable(str(path))} cannot be read: {error.strerror}") from error
    return (
        SourceFile(readable(path.name), about.st_size, lambda: path.open("rb")) if stat.S_ISREG(about.st_mode) else None
    )


def is_csv(name: str) -> bool:
    """Whether a file of a drop is ours: `.csv`, and not hidden (macOS adds `._x.csv` and `__MACOSX/` to archives)."""
    path = PurePosixPath(name)
    return path.suffix.lower() == ".csv" and not path.name.startswith(".") and "__MACOSX" not in path.parts


@contextmanager
def open_archive(file: Path | IO[bytes], source: str) -> Iterator[list[SourceFile]]:
    """The CSV members of a zip archive, read in place."""
    try:
        archive = zipfile.ZipFile(file)
    except OSError as error:
        raise Refused(f"{source} cannot be read: {error.strerror or error}") from error
    except (*DAMAGED, ValueError) as error:
        raise Refused(f"{source} is no readable zip archive ({error}): download it again") from error
    with archive:
        members = [m for m in archive.infolist() if not m.is_dir()]
        _check_members(members, _size(archive), source)
        files = [m for m in members if is_csv(m.filename)]
        nested = [m.filename for m in members if m.filename.lower().endswith((".zip", ".gz", ".7z", ".tar"))]
        if nested and not files:
            raise Refused(f"{source} holds an archive ({nested[0]}): unpack it and give the CSV files")
        yield [SourceFile(m.filename, m.file_size, _member(archive, m)) for m in files]


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], ByteStream]:
    return lambda: archive.open(member)


def _size(archive: zipfile.ZipFile) -> int:
    """The bytes that the archive really has."""
    assert archive.fp is not None, "the archive is open"
    return archive.fp.seek(0, os.SEEK_END)


def _check_members(members: list[zipfile.ZipInfo], size: int, source: str) -> None:
    if len(members) >= MAX_MEMBERS:
        raise Refused(f"{source} has {len(members):,} members: this is no drop of nine tables")
    for name, count in Counter(m.filename for m in members).items():
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or re.match("[A-Za-z]:", name):
            raise Refused(f"{source}: the member {name!r} points outside the archive: do not trust this file")
        if count > 1:
            raise Refused(f"{source}: {name} is more than once in the archive: keep one of each")
    for member in members:
        if member.flag_bits & 0x1:
            raise Refused(f"{source}: {member.filename} is encrypted: give it unencrypted")
    swollen = sum(m.file_size for m in members)
    if swollen > max(RATIO_FREE, size * MAX_RATIO):
        largest = max(members, key=lambda m: m.file_size).filename
        raise Refused(
            f"{source} would unpack from {size:,} bytes to {swollen:,} (most of it {largest}): "
            "this is a zip bomb or no CSV"
        )
