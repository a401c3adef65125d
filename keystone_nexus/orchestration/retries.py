"""Tries a step again when the machine is at fault (disk, network, a lock), and never when the data or the code is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from dagster import RetryRequested

from keystone_nexus.lake.errors import EnvironmentFault, KeystoneError

ATTEMPTS_MORE = 2
SECONDS_BETWEEN = 2.0
DISK_WORDS = ("os error", "No space", "Permission denied", "Read-only", "Too many open files")
"""How Polars tells of the operating system's errors, where it has no class for them."""

P = ParamSpec("P")
T = TypeVar("T")


def retried(step: Callable[P, Iterator[T]]) -> Callable[P, Iterator[T]]:
    """A step that asks Dagster to try again after an infrastructure error, twice, and then fails with it."""

    @wraps(step)
    def run(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        try:
            yield from step(*args, **kwargs)
        except Exception as error:
            fault = infrastructure_fault(error)
            if fault is None:
                raise
            raise RetryRequested(ATTEMPTS_MORE, SECONDS_BETWEEN) from fault

    return run


def infrastructure_fault(error: BaseException) -> EnvironmentFault | None:
    """The error as the machine's fault, None where it is not."""
    if isinstance(error, EnvironmentFault):
        return error
    if isinstance(error, KeystoneError):
        return None
    if not isinstance(error, OSError) and not _of_an_engine(error):
        return None
    where = f" at {error.filename}" if isinstance(error, OSError) and error.filename else ""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    fault = EnvironmentFault(f"the machine failed{where}: {said}; nothing half-written was published, run again")
    fault.__cause__ = error
    return fault


def _of_an_engine(error: Any) -> bool:
    """Whether DuckDB or Polars could not read or write."""
    engine = type(error).__module__.partition(".")[0]
    if engine in ("duckdb", "_duckdb"):
        return type(error).__name__ == "IOException"
    return engine == "polars" and any(word in str(error) for word in DISK_WORDS)
