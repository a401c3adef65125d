"""Child processes that end with the process that started them, and ports that are free."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

FIRST_PORT, LAST_PORT = 25010, 25099
LAUNCH = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
os.execv(sys.argv[1], sys.argv[1:])
"""


def free_port() -> int:
    """A port below the ephemeral range, so that no outgoing connection takes it; runs side by side begin apart."""
    ports = list(range(FIRST_PORT, LAST_PORT))
    begin = os.getpid() * 7 % len(ports)
    for port in ports[begin:] + ports[:begin]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port
    raise RuntimeError(f"no free port between {FIRST_PORT} and {LAST_PORT}")


_given: set[int] = set()


def start(command: list[str], log: Path, cwd: Path) -> subprocess.Popen[bytes]:
    """Starts a child; the kernel kills it when this process ends, however it ends."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-c", LAUNCH, *command], cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path, patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"nothing listens on port {port}: {tail(log)}")
        time.sleep(0.05)


def tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:])
