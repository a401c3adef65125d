"""What nobody foresaw: exit 70, one sentence, and a report with the traceback for whoever mends it."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path

from keystone_nexus import __version__

CODE = 70
SECRET = re.compile(r"pass|secret|token|key|credential", re.IGNORECASE)
IN_AN_ADDRESS = re.compile(r"(?<=://)[^/@\s]+(?=@)")
"""User and password of an address."""
LEAST = 6
"""Letters of a secret; what is shorter stands in other words too."""


def report(error: BaseException, command: str, lake: str | None) -> str:
    """Writes the report and returns the sentence."""
    said = (str(error).strip().splitlines() or [type(error).__name__])[0]
    sentence = f"an error that was not foreseen in `keystone {command}`: {_without_secrets(said)[:300]}"
    text = _without_secrets(_text(error, command))
    for folder in _places(lake):
        with suppress(OSError):
            return f"{sentence}; its report is {_write(folder, text)} (KEYSTONE_DEBUG=1 shows the traceback here)"
    return f"{sentence}; KEYSTONE_DEBUG=1 shows the traceback, no report could be written"


def _text(error: BaseException, command: str) -> str:
    head = [
        f"keystone {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"command: {command}",
        f"at: {time.strftime('%FT%TZ', time.gmtime())}",
        f"in: {Path.cwd() if Path().exists() else 'a folder that is gone'}",
    ]
    return "\n".join([*head, "", *traceback.format_exception(error)])


def _without_secrets(text: str) -> str:
    values = [value for name, value in os.environ.items() if SECRET.search(name) and len(value) >= LEAST]
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, "***")
    return IN_AN_ADDRESS.sub("***", text)


def _places(lake: str | None) -> list[Path]:
    """The lake's own folder, the user's, a temporary one: where a report may lie, best first."""
    found: list[Path] = []
    if lake and not lake.startswith("s3://") and (Path(lake) / "lake.json").is_file():
        found.append(Path(lake).absolute() / ".dagster" / "reports")
    state = os.environ.get("XDG_STATE_HOME")
    with suppress(RuntimeError):
        found.append((Path(state) if state else Path.home() / ".local" / "state") / "keystone-nexus" / "reports")
    found.append(Path(tempfile.gettempdir()) / f"keystone-nexus-reports-{os.getuid()}")
    return found


def _write(folder: Path, text: str) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.getpid()}.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return path


def debugging() -> bool:
    """Whether a traceback is wanted on standard error."""
    return os.environ.get("KEYSTONE_DEBUG") == "1"


def print_traceback(error: BaseException) -> None:
    traceback.print_exception(error, file=sys.stderr)
