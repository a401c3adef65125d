"""A drop: the CSV files that arrive together, from a directory, a zip archive or S3, read in place.

Files are `.csv` or `.csv.gz`. Nothing is unpacked to the disk. What is neither is passed over, and named. Whatever cannot be read safely is refused by name: corrupt, encrypted and nested archives,
members that point outside, archives that would swell out of proportion.
"""

from __future__ import annotations

import gzip
import lzma
import os
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import IO, Protocol, TypeVar

from keystone_nexus.lake.errors import Refused

MAX_RATIO = 100
"""Uncompressed to compressed bytes. CSV shrinks by 3 to 20; a bomb by 1,000."""
RATIO_FREE = 64 << 20
"""Archives that unpack to less than this are harmless whatever their ratio."""
MAX_MEMBERS = 10_000
DAMAGED = (
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
"""What Python's readers of zip and gzip raise for bytes that are not what the archive says."""
PACKED = ".csv.gz"


T = TypeVar("T")


class ByteStream(Protocol):
    """What a source's file is read from."""

    def read(self, size: int = ..., /) -> bytes: ...
    def close(self) -> None: ...


class Budget:
    """How much text the packed files of a drop may give together: many small bombs are one."""

    def __init__(self, packed: int) -> None:
        self._packed = packed
        self._most = max(RATIO_FREE, packed * MAX_RATIO)
        self._given = 0
        self._lock = Lock()

    def take(self, name: str, size: int) -> None:
        """Counts text that was read. Raises Refused where it is too much."""
        with self._lock:
            self._given += size
            if self._given > self._most:
                raise Refused(
                    f"{name} unpacks to too much: from {self._packed:,} packed bytes the drop gave more than "
                    f"{self._most:,}: this is a gzip bomb or no CSV"
                )


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One CSV file: its name in the drop, its size in bytes, and how to open it.

    A packed one has the size of what is packed, and how large its text is shows when it is read: `hint` is the size that
    gzip notes at the end, of the last part where there are several.
    """

    name: str
    size: int
    opener: Callable[[], ByteStream]
    packed: bool = False
    hint: int | None = None
    budget: Budget | None = None

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
        if self._file.packed:
            assert self._file.budget is not None, "a packed file is read as a part of its drop"
            self._file.budget.take(self._file.name, len(chunk))
        elif self._given > self._file.size or (not chunk and self._given < self._file.size):
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


class Drop(list[SourceFile]):
    """The CSV files of a source, by name. `passed_over` names all else that lies there."""

    def __init__(self, files: Iterable[SourceFile], passed_over: Iterable[str] = ()) -> None:
        found = sorted(files, key=lambda f: f.name)
        budget = Budget(sum(f.size for f in found if f.packed))
        super().__init__(replace(f, budget=budget) if f.packed else f for f in found)
        self.passed_over = sorted(passed_over)


@contextmanager
def open_drop(source: str) -> Iterator[Drop]:
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
    elif is_csv(path.name):
        yield _some(Drop([file] if (file := _plain(path)) else []), source)
    else:
        raise Refused(f"{source} is neither a directory nor a zip archive nor a CSV file (.csv or .csv.gz)")


def readable(name: str) -> str:
    r"""A file's name as text; its bytes that are not UTF-8 as `\xNN`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _some(drop: Drop, source: str) -> Drop:
    if not drop:
        others = f", only {', '.join(drop.passed_over[:5])}" if drop.passed_over else ""
        raise Refused(f"{source} holds no CSV file (.csv or .csv.gz){others}")
    return drop


def _directory(path: Path) -> Drop:
    try:
        with os.scandir(path) as found:
            entries = [(e.name, e.is_dir()) for e in found]
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from error
    files = {name: _plain(path / name) for name, _ in entries if is_csv(name)}
    others = [readable(name) + "/" * folder for name, folder in entries if files.get(name) is None]
    return Drop([file for file in files.values() if file is not None], others)


def _plain(path: Path) -> SourceFile | None:
    """A file of a directory, None for what is no file (a folder, a pipe). Raises Refused for a link to nowhere."""
    try:
        about = path.stat()
    except OSError as error:
        raise Refused(f"{readable(str(path))} cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(about.st_mode):
        return None
    return source_file(readable(path.name), about.st_size, lambda: path.open("rb"), lambda: _noted_size(path))


def source_file(
    name: str, size: int, opener: Callable[[], ByteStream], hint: Callable[[], int | None] = lambda: None
) -> SourceFile:
    """A file of a drop. One that is packed gives its text when it is read."""
    if not is_packed(name):
        return SourceFile(name, size, opener)
    return SourceFile(name, size, lambda: _Unpacked(opener()), packed=True, hint=hint())


class _Unpacked(gzip.GzipFile):
    """The text of a packed stream, which is closed with it."""

    def __init__(self, packed: ByteStream) -> None:
        super().__init__(fileobj=packed, mode="rb")  # pyright: ignore
        self._packed = packed

    def close(self) -> None:
        super().close()
        self._packed.close()


def _noted_size(path: Path) -> int | None:
    """The size of its text that a gzip file notes in its last four bytes."""
    try:
        with path.open("rb") as file:
            file.seek(-4, os.SEEK_END)
            return struct.unpack("<I", file.read(4))[0]
    except (OSError, struct.error):
        return None


def is_csv(name: str) -> bool:
    """Whether a file of a drop is ours: `.csv` or `.csv.gz`, and not hidden.

    macOS adds `._x.csv` and `__MACOSX/` to archives.
    """
    path = PurePosixPath(name)
    ours = path.name.lower().endswith((".csv", PACKED))
    return ours and not path.name.startswith(".") and "__MACOSX" not in path.parts


def is_packed(name: str) -> bool:
    return name.lower().endswith(PACKED)


@contextmanager
def open_archive(file: Path | IO[bytes], source: str) -> Iterator[Drop]:
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
        others = [m.filename for m in members if not is_csv(m.filename)]
        yield Drop([source_file(m.filename, m.file_size, _member(archive, m)) for m in files], others)


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
