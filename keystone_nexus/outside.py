"""Settings that the shell holds for other programs' sake: they change no result here.

dbt takes every option from the environment too (`DBT_EMPTY=1` builds tables without rows), Pandera can be switched
off there, Polars can be given another engine. What this project wants of them it says in its own code. So the package
drops their variables when it is imported, in every process: the command line, a code server, a run of its own.
"""

from __future__ import annotations

import os
import sys
import warnings

PREFIXES = ("DBT_", "PANDERA_", "POLARS_", "DUCKDB_", "RUST_BACKTRACE", "RUST_LOG", "PYTHONOPTIMIZE", "PYTHONINSPECT")
ABOUT_THE_MACHINE = frozenset({"POLARS_MAX_THREADS", "POLARS_TEMP_DIR"})
"""Variables that say how much of the machine may be used and where: no result depends on them."""
QUIET = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
"""What Python itself does not show unless it is asked to."""


def ignore_outside_settings() -> None:
    """Drops the variables of the engines from this process and its children, and Python's own filters of warnings.

    `PYTHONWARNINGS=error` would turn a deprecation inside a library into the failure of a run.
    """
    for name in [name for name in os.environ if name.startswith(PREFIXES) and name not in ABOUT_THE_MACHINE]:
        del os.environ[name]
    if os.environ.pop("PYTHONWARNINGS", None):
        sys.warnoptions.clear()
        warnings.resetwarnings()
        for category in QUIET:
            warnings.simplefilter("ignore", category)
