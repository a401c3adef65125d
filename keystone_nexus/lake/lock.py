"""Who may write: one lock for the lake, and one for each day, all dropped by the kernel when a process dies.

The lake's lock is `.locks/lake`; days are bytes of `.locks/days` (byte n is day n after 2016-09-01), locked as
a range, so that runs of different days go side by side and overlapping ones wait.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from keystone_nexus.lake.errors import EnvironmentFault

FIRST_DAY = date(2016, 9, 1)
PATIENCE = 60.0
"""Seconds that a second writer waits before it gives up and names the holder."""
LONG = 3600.0
"""Seconds that a run waits for another one's days."""
POLL = 0.1
Span = tuple[int, int, int]
"""Read or write lock, first byte, length (0: all behind it)."""

_held: dict[Path, int] = {}
"""Lake locks held by this process -> how often: a run's steps may take the lock that the run holds."""


@contextmanager
def lake_lock(root: Path, purpose: str, patience: float = PATIENCE) -> Iterator[None]:
    """Holds the lake's lock. Raises EnvironmentFault naming the holder when it is not free within `patience` s."""
    path = (root / ".locks" / "lake").resolve()
    if _held.get(path):
        _held[path] += 1
        try:
            yield
        finally:
            _held[path] -= 1
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _wait(descriptor, None, patience, lambda: _holder(descriptor, root))
        _sign(descriptor, purpose)
        _held[path] = 1
        try:
            yield
        finally:
            del _held[path]
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def is_locked(root: Path) -> bool:
    """Whether a process holds the lake's lock now, this one included. Looks, and holds nobody up."""
    try:
        descriptor = os.open(root / ".locks" / "lake", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _try(descriptor, None)
    finally:
        os.close(descriptor)


@contextmanager
def day_locks(root: Path, first: date, last: date, patience: float = LONG) -> Iterator[None]:
    """Holds the days from `first` to `last`. Other runs of these days wait; those of others do not."""
    span = fcntl.F_WRLCK, (first - FIRST_DAY).days, (last - first).days + 1
    with _days(root, span, patience, f"between {first} and {last} "):
        yield


@contextmanager
def settled_days(root: Path, patience: float = LONG) -> Iterator[None]:
    """Holds all days as they are, for one who reads them: waits for runs that build some, and they wait for it."""
    with _days(root, (fcntl.F_RDLCK, 0, 0), patience, ""):
        yield


@contextmanager
def _days(root: Path, span: Span, patience: float, which: str) -> Iterator[None]:
    path = root / ".locks" / "days"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _wait(descriptor, span, patience, lambda: f"another run holds days {which}of {root}")
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, span: Span | None, patience: float, why: Callable[[], str]) -> None:
    deadline = time.monotonic() + patience
    while not _try(descriptor, span):
        if time.monotonic() >= deadline:
            raise EnvironmentFault(f"{why()}; gave up after {patience:g} s, run again when it is done")
        time.sleep(POLL)


def _try(descriptor: int, span: Span | None) -> bool:
    try:
        if span is None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        elif hasattr(fcntl, "F_OFD_SETLK"):
            # Locks of the open file, not of the process: two runs in one process exclude each other too.
            lock = struct.pack("hhqqi4x", span[0], os.SEEK_SET, span[1], span[2], 0)
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, lock)
        else:
            kind = fcntl.LOCK_EX if span[0] == fcntl.F_WRLCK else fcntl.LOCK_SH
            fcntl.lockf(descriptor, kind | fcntl.LOCK_NB, span[2], span[1])
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            return False
        raise
    return True


def _sign(descriptor: int, purpose: str) -> None:
    note = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "purpose": purpose,
        "since": time.strftime("%FT%TZ", time.gmtime()),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(note).encode(), 0)


def _holder(descriptor: int, root: Path) -> str:
    try:
        note = json.loads(os.pread(descriptor, 4096, 0))
        who = f"process {note['pid']} on {note['host']} (`{note['purpose']}`, since {note['since']})"
    except (ValueError, KeyError):
        who = "another process"
    return f"the lake {root} is locked by {who}"
