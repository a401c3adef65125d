"""Runs one command and returns its exit code. Errors are sentences; a traceback only with KEYSTONE_DEBUG=1."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from keystone_nexus.cli.parser import build_parser
from keystone_nexus.lake.errors import EnvironmentFault, KeystoneError, Refused, disk_fault

COMMANDS = {
    "run": "run",
    "fetch": "bring",
    "generate": "bring",
    "status": "report",
    "check": "report",
    "accept": "report",
    "verify": "report",
    "describe": "report",
    "doctor": "doctor",
    "quarantine": "rejected",
    "query": "ask",
    "export": "take",
    "gold": "versions",
    "stream": "stream",
    "ui": "serve",
    "catalog": "catalog",
    "cost": "cost",
}
"""Command -> the module of `keystone_nexus.cli` that has a function of its name."""


def main(argv: list[str] | None = None) -> int:
    """Entry point. Exit codes: interface.md (0 done, 1 a gate failed, 2 refused, 3 the environment's fault)."""
    arguments = build_parser().parse_args(argv)
    try:
        module = importlib.import_module(f"keystone_nexus.cli.{COMMANDS[arguments.command]}")
        code: int = getattr(module, arguments.command)(arguments)
        sys.stdout.flush()
        return code
    except KeystoneError as error:
        return _fail(str(error), error.exit_code, error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return _fail("interrupted: nothing half-written was published, run again", 130, None)
    except Exception as error:
        fault = disk_fault(error)
        if fault is None:
            raise
        return _fail(
            f"the machine failed at {fault}; nothing half-written was published; run again, and `keystone verify` if it fails again",
            3,
            error,
        )


def _fail(text: str, code: int, error: BaseException | None) -> int:
    if error is not None and os.environ.get("KEYSTONE_DEBUG") == "1":
        raise error
    print(f"keystone: {text}", file=sys.stderr)
    return code


def open_lake(arguments: argparse.Namespace, *, must_exist: bool = True):  # noqa: ANN201
    """The lake of the options. Raises Refused where there is none and one is needed."""
    from keystone_nexus.lake.lake import environment, lake_at

    lake = lake_at(arguments.lake, environment(arguments.env))
    lake.check_identity()
    if must_exist and not lake.exists:
        raise Refused(
            f"there is no lake at {lake}: build one with `keystone run --source PATH`, or name it with --lake"
        )
    return lake


__all__ = ["EnvironmentFault", "main", "open_lake"]
