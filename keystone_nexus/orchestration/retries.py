"""Tries a step again when the machine is at fault (disk, network, a lock), and never when the data or the code is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec, TypeVar

from dagster import RetryRequested

from keystone_nexus.lake.errors import EnvironmentFault, KeystoneError, disk_fault

ATTEMPTS_MORE = 2
SECONDS_BETWEEN = 2.0

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
    if isinstance(error, KeystoneError):
        return error if isinstance(error, EnvironmentFault) else None
    said = disk_fault(error)
    if said is None:
        return None
    fault = EnvironmentFault(
        f"the machine failed at {said}; nothing half-written was published; run again, and `keystone verify` if it fails again"
    )
    fault.__cause__ = error
    return fault
