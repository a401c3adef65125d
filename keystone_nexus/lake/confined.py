"""Runs a piece of work where the kernel lets it write nothing but a private folder (Landlock, where Linux has it).

The judgement of a statement (`sql_judge`) can be wrong about a new version of DuckDB: the kernel is not. A kernel or a
container without Landlock leaves the judgement alone in charge.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""System calls, which have the same numbers on every processor."""
GET_VERSION, PATH_BENEATH, NO_NEW_PRIVILEGES = 1, 1, 38
WRITE_FILE, REMOVE_AND_MAKE, REFER, TRUNCATE = 1 << 1, 0b1_1111_1111 << 4, 1 << 13, 1 << 14
PATIENCE = 3.0
"""Seconds that interrupted work is waited for."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def confined(work: Callable[[Path | None], T], stop: Callable[[], None]) -> T:
    """What `work` returns or raises. It runs in a thread that, with all that it starts, can write its folder alone.

    `work` is given the folder, None where there is no room for one; `stop` asks it to end, when this process is
    interrupted.
    """
    folder = _private_folder()
    answers: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            _forbid_writing(folder)
            answers.append(work(folder))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True, name="confined")
    try:
        thread.start()
        thread.join()
    except BaseException:
        stop()
        thread.join(PATIENCE)
        raise
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
    if errors:
        raise errors[0]
    return answers[0]


def _private_folder() -> Path | None:
    with suppress(OSError):
        return Path(tempfile.mkdtemp(prefix="keystone-query-"))
    return None


def _forbid_writing(but: Path | None) -> bool:
    """Takes from this thread, for good, the right to write. Returns whether the kernel could."""
    if sys.platform != "linux":
        return False
    kernel = ctypes.CDLL(None, use_errno=True)
    version = kernel.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), GET_VERSION)
    if version < 1:
        return False
    rights = WRITE_FILE | REMOVE_AND_MAKE | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    asked = _Ruleset(rights)
    rules = kernel.syscall(CREATE_RULESET, ctypes.byref(asked), ctypes.c_size_t(ctypes.sizeof(asked)), 0)
    if rules < 0:
        return False
    try:
        if but:
            _allow(kernel, rules, but, rights)
        kernel.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return kernel.syscall(RESTRICT_SELF, rules, 0) == 0
    finally:
        os.close(rules)


def _allow(kernel: ctypes.CDLL, rules: int, folder: Path, rights: int) -> None:
    place = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(rights, place)
        kernel.syscall(ADD_RULE, rules, PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(place)
