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


def write_new(path: Path, content: bytes) -> bool:
    """Writes a small file unless one of that name exists (put-if-absent). Returns whether it was written."""
    aside = _aside(path, content)
    try:
        return put_if_absent(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def write_over(path: Path, content: bytes) -> None:
    """Writes a small file in the place of whatever is there, atomically."""
    os.replace(_aside(path, content), path)


def _aside(path: Path, content: bytes) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f"{NEW}{os.getpid()}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
    except BaseException:
        os.unlink(name)
        raise
    return Path(name)


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
    """Removes what dead processes left behind. Returns how many leftovers there were."""
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
    for folder in ASIDE:
        for leftover in (root / folder).glob(f"{NEW}*"):
            if not alive(int(leftover.name.split("-")[1])):
                leftover.unlink(missing_ok=True)
                swept += 1
    return swept


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
