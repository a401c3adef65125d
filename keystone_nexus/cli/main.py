"""Runs one command and returns its exit code. Errors are sentences; a traceback only with KEYSTONE_DEBUG=1."""

from __future__ import annotations

import argparse
import importlib
import sys
from contextlib import suppress

from keystone_nexus.cli import signals, surroundings, unforeseen
from keystone_nexus.cli.parser import build_parser
from keystone_nexus.cli.streams import close_output
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
    """Entry point. Exit codes: interface.md (0 done, 1 a gate failed, 2 refused, 3 the environment's fault, 70 unforeseen).

    Raises what ended the command only with KEYSTONE_DEBUG=1.
    """
    given = sys.argv[1:] if argv is None else argv
    arguments = argparse.Namespace(command="", lake=None)
    try:
        surroundings.check(given)
        with signals.command_runs():
            return _run(given, arguments)
    except BaseException as error:
        if signals.noted():
            return 128 + (signals.noted() or 0)
        return _failed(error, arguments)


def _run(given: list[str], arguments: argparse.Namespace) -> int:
    try:
        build_parser().parse_args(given, arguments)
    except SystemExit as error:  # argparse has said what is wrong, or printed its help
        return _ended(error.code if isinstance(error.code, int) else 2)
    module = importlib.import_module(f"keystone_nexus.cli.{COMMANDS[arguments.command]}")
    return _ended(getattr(module, arguments.command)(arguments))


def _ended(code: int) -> int:
    sys.stdout.flush()
    return code


def _failed(error: BaseException, arguments: argparse.Namespace) -> int:
    """Says what ended the command. Returns its exit code."""
    if isinstance(error, BrokenPipeError):
        close_output()
        return 0
    text, code = _sentence(error, arguments)
    with suppress(EnvironmentFault, OSError):
        # What was printed until here comes first; an output that cannot be written is what is told now.
        sys.stdout.flush()
    if unforeseen.debugging():
        unforeseen.print_traceback(error)
    with suppress(EnvironmentFault, OSError):
        print(f"keystone: {text}", file=sys.stderr)
    close_output()
    return code


def _sentence(error: BaseException, arguments: argparse.Namespace) -> tuple[str, int]:
    if isinstance(error, KeystoneError):
        return str(error), error.exit_code
    fault = disk_fault(error)
    if fault is not None:
        return (
            f"the machine failed at {fault}; nothing half-written was published; run again, and `keystone verify` if it fails again",
            3,
        )
    if isinstance(error, MemoryError):
        return "there is not enough memory; nothing half-written was published; run again where there is more", 3
    lake: str | None = getattr(arguments, "lake", None)
    return unforeseen.report(error, str(getattr(arguments, "command", "")), lake), unforeseen.CODE


def open_lake(arguments: argparse.Namespace, *, must_exist: bool = True):  # noqa: ANN201
    """The lake of the options. Raises Refused where there is none and one is needed."""
    from keystone_nexus.lake.home import home_of
    from keystone_nexus.lake.lake import environment, lake_at

    lake = lake_at(arguments.lake, environment(arguments.env))
    lake.check_identity()
    home_of(lake)  # another lake's is refused before anything is made
    if must_exist and not lake.exists:
        raise Refused(
            f"there is no lake at {lake}: build one with `keystone run --source PATH`, or name it with --lake"
        )
    return lake


__all__ = ["EnvironmentFault", "main", "open_lake"]
