"""What SIGINT and SIGTERM do: the command stops, says one sentence, and ends with 130 or 143.

Dagster and dbt replace handlers, turn an interruption into a failed run, or wait for threads. So a thread of our own
hears of every signal, whoever handles it, and ends the process when it does not end by itself.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

SENTENCE = "keystone: interrupted: nothing half-written was published; run again\n"
GRACE = 2.0
"""Seconds in which an interrupted command may put its things away."""


class Interrupted(KeyboardInterrupt):
    """A signal told this process to stop."""


_noted: list[int] = []
"""The signals that came, first one first."""
_error: list[int] = []
"""Standard error as it was at first: in a step of Dagster it is a file."""
_grace: list[float] = []
"""How long the command that runs may take to end; nothing while there is none, and nothing to put away."""


def install() -> None:
    """From here on both signals are ours. A signal that the shell ignores for a job behind `&` is heard all the same."""
    with suppress(OSError):
        _error.append(os.dup(2))
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _handle)
    os.register_at_fork(after_in_child=_forget)
    threading.Thread(target=_watch, args=(heard,), daemon=True, name="signals").start()
    sys.unraisablehook, threading.excepthook = _quietly(sys.unraisablehook), _quietly(threading.excepthook)


def noted() -> int | None:
    """The signal that told this process to stop, None before there is one."""
    return _noted[0] if _noted else None


@contextmanager
def command_runs(grace: float = GRACE) -> Iterator[None]:
    """A command that is interrupted in here unwinds, and has `grace` seconds for it. Elsewhere it ends at once."""
    _grace.append(grace)
    try:
        yield
    finally:
        _grace.pop()


def check() -> None:
    """Raises Interrupted where a signal came, whatever became of it."""
    if _noted:
        raise Interrupted


def finished() -> None:
    """The command is done: a signal that comes now is too late."""
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))


def leave(number: int) -> NoReturn:
    """Says the sentence and ends now: threads and children do not keep the process alive."""
    for child in _children():
        with suppress(OSError):
            os.kill(child, signal.SIGTERM)
    with suppress(OSError):
        os.write(_error[0] if _error else 2, SENTENCE.encode())
    os._exit(128 + number)


def _handle(number: int, frame: FrameType | None) -> None:
    _noted.append(number)
    if not _grace or len(_noted) > 2 or _imports(frame):
        leave(_noted[0])
    if len(_noted) == 1:
        raise Interrupted


def _imports(frame: FrameType | None) -> bool:
    """Whether a module is being loaded, where an exception is lost, or leaves the module in pieces."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _watch(heard: int) -> None:
    while True:
        for number in os.read(heard, 64):
            if number in (signal.SIGINT, signal.SIGTERM):
                if not _noted:
                    _noted.append(number)
                time.sleep(_grace[-1] if _grace else 0.2)
                leave(_noted[0])


def _forget() -> None:
    """A child that was forked tells nothing to its parent's thread."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is _handle:
            signal.signal(number, signal.SIG_DFL)


def _quietly(hook: Any) -> Any:
    """Errors that nobody catches are of no interest once the process was told to stop."""

    def call(of: Any) -> None:
        interrupted = isinstance(of.exc_value, KeyboardInterrupt) or "Interrupted" in of.exc_type.__name__
        if not _noted and not interrupted:
            hook(of)

    return call


def _children() -> list[int]:
    found: list[int] = []
    for listed in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError, ValueError):
            found += [int(word) for word in listed.read_text().split()]
    return found
