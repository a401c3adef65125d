"""`python -m keystone_nexus.cli`, and the `keystone` script."""

import os
import signal
import sys


def _at_once(number: int, _frame: object) -> None:
    """Until `cli/signals.py` is there, whose import takes time in which a signal may come."""
    os.write(2, b"keystone: interrupted: nothing half-written was published; run again\n")
    os._exit(128 + number)


def _settle_interpreter() -> None:
    """No file takes the number of a closed standard stream; names are UTF-8, and assertions hold, whatever is set."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, so this one
    optimised = sys.flags.optimize and os.environ.pop("PYTHONOPTIMIZE", None)
    if optimised or (sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1"):
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606


signal.signal(signal.SIGINT, _at_once)
signal.signal(signal.SIGTERM, _at_once)
_settle_interpreter()

import gc  # noqa: E402

from keystone_nexus.cli import signals  # noqa: E402

signals.install()


def run() -> int:
    """Runs one command in a process of its own.

    Importing makes hundreds of thousands of objects, which the garbage collector would walk again and again: it waits
    until they are there (`cli/run.py`).
    """
    gc.disable()
    from keystone_nexus.cli import surroundings
    from keystone_nexus.cli.main import main
    from keystone_nexus.cli.streams import open_streams

    surroundings.silence_warnings()
    open_streams()
    code = main()
    signals.finished()
    number = signals.noted()
    if number is not None:
        signals.leave(number)
    return code


if __name__ == "__main__":
    sys.exit(run())
