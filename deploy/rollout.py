#!/usr/bin/env python3
"""Hands the code location over to a new code server on one host, with no moment without one.

The new server starts on the other of two ports and must answer; the workspace file is replaced, and the webserver told
to read it; where the location does not load, the workspace goes back and the new server is stopped. The old one is
stopped when no run that it launched is under way. Needs nothing but Python's own library, so it runs on any host:

    rollout.py --workspace /etc/keystone/workspace/workspace.yaml
    rollout.py --status        # which port serves now
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

PORTS = (4000, 4001)
RELOAD = "mutation { reloadWorkspace { __typename ... on PythonError { message } } }"
LOADED = """{ workspaceOrError { __typename ... on Workspace { locationEntries { name loadStatus
  locationOrLoadError { __typename ... on PythonError { message } } } } } }"""
UNDER_WAY = """{ runsOrError(filter: {statuses: [STARTING, STARTED, CANCELING]}, limit: 500) { __typename
  ... on Runs { results { runId tags { key value } } } } }"""
LAUNCHED_BY = ".dagster/grpc_info"


class Failed(Exception):
    """Said to the operator; the old server goes on serving."""


def main() -> int:
    """0: the new server serves, the old one is gone. 1: the old one serves as before. 3: the new one serves, the old stays."""
    arguments = parse()
    workspace = Path(arguments.workspace)
    try:
        old = port_of(workspace)
        if arguments.status:
            print(old)
            return 0
        new = next(port for port in PORTS if port != old)
        hand_over(arguments, workspace, old, new)
    except Failed as error:
        print(f"rollout: {error}", file=sys.stderr)
        return 1
    print(f"port {new} serves", flush=True)
    try:
        drain(arguments, old)
    except Failed as error:
        print(f"rollout: port {new} serves, and port {old} is not stopped: {error}", file=sys.stderr)
        return 3
    print(f"port {old} is stopped")
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--workspace", default="/etc/keystone/workspace/workspace.yaml", help="the workspace file to replace"
    )
    parser.add_argument("--url", default="http://127.0.0.1:3000", help="the webserver")
    parser.add_argument("--start", default="systemctl start keystone-code@{port}", help="starts a server on {port}")
    parser.add_argument("--stop", default="systemctl stop keystone-code@{port}", help="stops the one on {port}")
    parser.add_argument("--patience", type=float, default=180, help="seconds until the new server must answer")
    parser.add_argument(
        "--settle", type=float, default=90, help="seconds for which the daemon may still ask the old one"
    )
    parser.add_argument("--drain", type=float, default=14400, help="seconds that runs of the old server may take")
    parser.add_argument("--status", action="store_true", help="print the port that serves, change nothing")
    return parser.parse_args()


def hand_over(arguments: argparse.Namespace, workspace: Path, old: int, new: int) -> None:
    """The new server serves, or nothing has changed."""
    if answers(new):
        raise Failed(f"port {new} is taken, by a server of a roll-out before or by another program: stop it first")
    order(arguments.start, new)
    try:
        waited(f"the code server on port {new}", lambda: answers(new), arguments.patience)
        write_port(workspace, new)
        try:
            ask(arguments.url, RELOAD)
            waited("the code location", lambda: loads(arguments.url), arguments.patience)
        except Failed:
            write_port(workspace, old)
            ask(arguments.url, RELOAD)
            raise
    except Failed as error:
        with suppress(Failed):  # it may have ended by itself
            order(arguments.stop, new)
        raise Failed(f"{error}; port {old} goes on serving, the new server is stopped") from error


def drain(arguments: argparse.Namespace, old: int) -> None:
    """Stops the old server when the daemon has seen the new one and the old one's runs are over."""
    time.sleep(arguments.settle)  # the daemon reads the workspace again once a minute
    deadline = time.monotonic() + arguments.drain
    while runs := runs_of(arguments.url, old):
        if time.monotonic() > deadline:
            raise Failed(f"runs of port {old} are still under way: {', '.join(runs)}; stop them, or it, by hand")
        time.sleep(5)
    order(arguments.stop, old)


def port_of(workspace: Path) -> int:
    try:
        found = re.search(r"^\s*port:\s*(\d+)\s*$", workspace.read_text("utf-8"), re.MULTILINE)
    except OSError as error:
        raise Failed(f"the workspace {workspace} cannot be read: {error.strerror}") from error
    if not found or int(found[1]) not in PORTS:
        raise Failed(f"the workspace {workspace} names no port of {PORTS}: see deploy/workspace.yaml")
    return int(found[1])


def write_port(workspace: Path, port: int) -> None:
    """By a rename: who reads it meanwhile gets the old or the new one, whole."""
    text = re.sub(r"^(\s*port:\s*)\d+\s*$", rf"\g<1>{port}", workspace.read_text("utf-8"), flags=re.MULTILINE)
    descriptor, name = tempfile.mkstemp(dir=workspace.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(name, 0o644)
    os.replace(name, workspace)


def answers(port: int) -> bool:
    """Whether the server takes connections: it does so once its definitions are loaded."""
    with socket.socket() as one:
        one.settimeout(2)
        return one.connect_ex(("127.0.0.1", port)) == 0


def loads(url: str) -> bool:
    found = ask(url, LOADED)["workspaceOrError"]
    entries = found.get("locationEntries", [])
    for entry in entries:
        state = entry["locationOrLoadError"] or {}
        if state.get("__typename") == "PythonError":
            raise Failed(f"the new code does not load: {state['message'].strip().splitlines()[0]}")
    return bool(entries) and all(entry["loadStatus"] == "LOADED" for entry in entries)


def runs_of(url: str, port: int) -> list[str]:
    """Unfinished runs that the server on this port launched, as Dagster notes on each."""
    found = ask(url, UNDER_WAY)["runsOrError"].get("results", [])
    tags = [(run["runId"], {tag["key"]: tag["value"] for tag in run["tags"]}) for run in found]
    return [run_id for run_id, of in tags if json.loads(of.get(LAUNCHED_BY, "{}")).get("port") == port]


def ask(url: str, query: str) -> dict[str, Any]:
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            found = json.load(answer)
    except OSError as error:
        raise Failed(f"the webserver {url} does not answer: {error}") from error
    if found.get("errors"):
        raise Failed(f"the webserver refuses: {found['errors'][0].get('message')}")
    return found["data"]


def order(command: str, port: int) -> None:
    done = subprocess.run(command.format(port=port), shell=True, check=False)  # noqa: S602  the operator's own command
    if done.returncode != 0:
        raise Failed(f"`{command.format(port=port)}` ended with {done.returncode}")


def waited(what: str, ready: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise Failed(f"{what} did not answer within {seconds:g} s")
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
