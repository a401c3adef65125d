"""What a command is given by the shell beside its options: checked before anything is done with it."""

from __future__ import annotations

import os
import sys
import warnings

from keystone_nexus.lake.errors import Refused

PATHS = ("DAGSTER_HOME", "TMPDIR", "HOME")


def silence_warnings() -> None:
    """Shows no warning of a library: they are for whoever writes code, and stand between lines for people."""
    sys.warnoptions[:] = ["ignore"]  # handed to children too
    warnings.resetwarnings()
    warnings.simplefilter("ignore")


def check(arguments: list[str]) -> None:
    """Raises Refused for a text that is no UTF-8 (its bytes are surrogates here), or that holds a NUL."""
    for position, text in enumerate(arguments, start=1):
        _check(text, f"argument {position}")
    for name, text in os.environ.items():
        if name.startswith("KEYSTONE_") or name in PATHS:
            _check(text, name)


def _check(text: str, what: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        shown = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        raise Refused(f"{what} is no UTF-8 at character {error.start + 1}: {shown}") from error
