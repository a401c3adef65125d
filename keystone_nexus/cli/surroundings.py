"""What a shell may say to Python and to engines: ignored, so that it changes no result."""

from __future__ import annotations

import os
import sys
import warnings

from keystone_nexus.lake.errors import Refused

OF_ENGINES = ("POLARS_", "DUCKDB_", "RUST_BACKTRACE", "RUST_LOG", "PYTHONWARNINGS", "PYTHONOPTIMIZE", "PYTHONINSPECT")
"""Beginnings of the variables that this program and its children do not see."""
RESOURCES = {"POLARS_MAX_THREADS", "POLARS_TEMP_DIR"}
"""What a machine's owner may say: it changes no result."""
PATHS = ("DAGSTER_HOME", "TMPDIR", "HOME")


def settle() -> None:
    """Takes the variables away, and what Python made of them."""
    for name in [n for n in os.environ if n.startswith(OF_ENGINES) and n not in RESOURCES]:
        del os.environ[name]
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
