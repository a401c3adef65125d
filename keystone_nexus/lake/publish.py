"""Atomic publishing: a file is written aside and then stands under its name at once, whole or not at all.

Work in progress lives in `<lake>/.staging/<name>`, a folder whose lock its owner holds: when a process
dies, the kernel drops the lock and the next one sweeps the folder away (`sweep`).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keystone_nexus.private import current_mask

STAGING = ".staging"
NEW = ".new-"
"""How a file is named while it is written."""
ASIDE = (
    "",
    "bronze/_ledger",
    "bronze/_index",
    "bronze/_schemas",
    "silver/_builds",
    "gold",
    "accepted",
    "analytics",
    "analytics/charts",
    "analytics/.built",
)
"""Folders in which small files are written aside."""


def fsync(path: Path) -> None:
    """Brings a file's bytes to the disk: for what cannot be made again (bronze and its ledger)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_new(path: Path, content: bytes, *, secret: bool = False) -> bool:
    """Writes a small file unless one of that name exists (put-if-absent). Returns whether it was written.

    A secret is its owner's alone from the moment it is made, whatever the process's mask allows.
    """
    with _aside(path, content, secret=secret) as aside:
        return put_if_absent(aside, path)


def write_over(path: Path, content: bytes) -> None:
    """Writes a small file in the place of whatever is there, atomically."""
    with _aside(path, content) as aside:
        os.replace(aside, path)


@contextmanager
def _aside(path: Path, content: bytes, *, secret: bool = False) -> Iterator[Path]:
    """A written file beside a path, gone at the end unless it was moved. Its lock says that its writer lives."""
    name, descriptor = _own_file(path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            if not secret:
                os.fchmod(file.fileno(), 0o666 & ~current_mask())
            yield name
    finally:
        name.unlink(missing_ok=True)


def _own_file(folder: Path) -> tuple[Path, int]:
    """A new file (mode 0600) and its lock. One that a sweep took before it was locked is made again."""
    while True:
        descriptor, name = tempfile.mkstemp(prefix=NEW, dir=folder)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return Path(name), descriptor
        os.close(descriptor)


def put_if_absent(staged: Path, target: Path) -> bool:
    """Moves a staged file to its name unless that exists. Returns whether it was put; then the staged file is gone.

    Where the file system fails the staged file stays, for another try.
    """
    try:
        os.link(staged, target)
        put = True
    except FileExistsError:
        put = False
    os.unlink(staged)
    return put


def move(staged: Path, target: Path) -> None:
    """Moves one file to its place, in one step."""
    while True:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(staged, target)
            return
        except FileNotFoundError:
            # A run of another day removed the month's folder, with its last day, in between.
            if not staged.exists():
                raise


def remove_object(path: Path) -> None:
    """Removes an object and the folders of its partition that it leaves empty."""
    try:
        path.unlink()
    except FileNotFoundError:
        return
    for folder in list(path.parents)[:3]:
        try:
            folder.rmdir()
        except OSError:
            return


@contextmanager
def staging(root: Path) -> Iterator[Path]:
    """A private folder on the lake's own file system, gone at the end whatever happens."""
    base = root / STAGING
    base.mkdir(parents=True, exist_ok=True)
    folder, owner = _own_folder(base)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(owner)


def _own_folder(base: Path) -> tuple[Path, int]:
    """A new folder and its lock. One that a sweep took before it was locked is made again."""
    while True:
        folder = Path(tempfile.mkdtemp(dir=base))
        try:
            owner = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue
        fcntl.flock(owner, fcntl.LOCK_EX)
        if folder.exists():
            return folder, owner
        os.close(owner)


def sweep(root: Path) -> int:
    """Removes what dead processes left behind, known by locks that the kernel dropped. Returns how many there were."""
    swept = 0
    for folder in (root / STAGING).glob("*"):
        try:
            owner = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue  # its owner has just finished
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
        except BlockingIOError:
            continue  # its owner lives
        finally:
            os.close(owner)
    return swept + sum(_sweep_file(leftover) for folder in ASIDE for leftover in (root / folder).glob(f"{NEW}*"))


def _sweep_file(leftover: Path) -> int:
    """Removes a file that was written aside and whose writer is gone: its lock is free. Returns how many that were.

    A number of a process would say nothing: another container on the same volume has numbers of its own.
    """
    try:
        descriptor = os.open(leftover, os.O_RDONLY)
    except FileNotFoundError:
        return 0
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        leftover.unlink(missing_ok=True)
        return 1
    except BlockingIOError:
        return 0
    finally:
        os.close(descriptor)


def alive(pid: int) -> bool:
    """Whether a process of this number runs. 0 is no process: to the kernel it would be our own group."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
