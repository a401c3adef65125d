"""A drop: the CSV files that arrive together, from a directory, a zip archive or S3, read in place.

Nothing is unpacked. Whatever cannot be read safely is refused by name: corrupt, encrypted and nested archives,
members that point outside, archives that would swell out of proportion.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
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
        stream = Guarded(self.name, self.opener)
        try:
            yield stream
        finally:
            stream.close()


class Guarded:
    """A source's stream whose faults are the source's, never mistaken for those of the lake."""

    def __init__(self, name: str, opener: Callable[[], ByteStream]) -> None:
        self._name = name
        self._stream = self._guard(opener)

    def read(self, size: int = -1, /) -> bytes:
        return self._guard(lambda: self._stream.read(size))

    def close(self) -> None:
        self._stream.close()

    def _guard(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise Refused(f"{self._name}: the archive is damaged here ({error}): download it again") from error
        except OSError as error:
            raise Refused(f"{self._name} cannot be read: {error.strerror or error}") from error


@contextmanager
def open_drop(source: str) -> Iterator[list[SourceFile]]:
    """The CSV files of a source, by name. Raises Refused for what is none."""
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
    if stat.S_ISDIR(mode):
        yield _some(_directory(path), source)
    elif zipfile.is_zipfile(path) or path.suffix.lower() == ".zip":
        with open_archive(path, source) as files:
            yield _some(files, source)
    elif path.suffix.lower() == ".csv":
        yield [_plain(path)]
    else:
        raise Refused(f"{source} is neither a directory nor a zip archive nor a CSV file")


def _some(files: list[SourceFile], source: str) -> list[SourceFile]:
    if not files:
        raise Refused(f"{source} holds no CSV file")
    return sorted(files, key=lambda f: f.name)


def _directory(path: Path) -> list[SourceFile]:
    try:
        with os.scandir(path) as found:
            return [_plain(Path(e.path)) for e in found if is_csv(e.name) and e.is_file()]
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from error


def _plain(path: Path) -> SourceFile:
    def opened() -> IO[bytes]:
        return path.open("rb")

    return SourceFile(path.name, path.stat().st_size, opened)


def is_csv(name: str) -> bool:
    """Whether a file of a drop is ours: `.csv`, and not hidden (macOS adds `._x.csv` and `__MACOSX/` to archives)."""
    path = PurePosixPath(name)
    return path.suffix.lower() == ".csv" and not path.name.startswith(".") and "__MACOSX" not in path.parts


@contextmanager
def open_archive(file: Path | IO[bytes], source: str) -> Iterator[list[SourceFile]]:
    """The CSV members of a zip archive, read in place."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Refused(f"{source} is no readable zip archive ({error}): download it again") from error
    with archive:
        members = [m for m in archive.infolist() if not m.is_dir()]
        _check_members(members, source)
        files = [m for m in members if is_csv(m.filename)]
        nested = [m.filename for m in members if m.filename.lower().endswith((".zip", ".gz", ".7z", ".tar"))]
        if nested and not files:
            raise Refused(f"{source} holds an archive ({nested[0]}): unpack it and give the CSV files")
        yield [SourceFile(m.filename, m.file_size, _member(archive, m)) for m in files]


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], ByteStream]:
    return lambda: archive.open(member)


def _check_members(members: list[zipfile.ZipInfo], source: str) -> None:
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or path.parts[:1] == ("C:",):
            raise Refused(
                f"{source}: the member {member.filename!r} points outside the archive: do not trust this file"
            )
        if member.flag_bits & 0x1:
            raise Refused(f"{source}: {member.filename} is encrypted: give it unencrypted")
    for member in members:
        if member.file_size > max(RATIO_FREE, member.compress_size * MAX_RATIO):
            raise Refused(
                f"{source}: {member.filename} would unpack to {member.file_size:,} bytes from "
                f"{member.compress_size:,}: this is a zip bomb or no CSV"
            )
    names = [m.filename for m in members]
    twice = {n for n in names if names.count(n) > 1} if len(names) < 10_000 else set()
    if twice or len(names) >= 10_000:
        raise Refused(f"{source}: {min(twice) if twice else 'too many members'} more than once in the archive")
