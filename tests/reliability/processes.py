"""The ingest server and its load as processes, each in a session of its own, so that a kill reaches all of it."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.reliability.ack_log import AckLog

RELEASE = ROOT / "build" / "ingest" / "release"
MOST_MEMORY = 256 << 20
"""Bytes that the server may have resident, whatever its clients and Kafka do."""
PATIENCE = 60.0
"""Seconds after which something that has to happen did not: far beyond what a busy machine needs."""


def free_port() -> int:
    """A free port below the ephemeral range: no outgoing connection takes it while its server is down."""
    while True:
        port = random.randrange(26_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def kill_group(process: subprocess.Popen[Any]) -> None:
    """SIGKILL to a process and all that it started in its session."""
    assert process.pid > 1
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class IngestServer:
    """keystone-ingest on one address through any number of deaths. `most_memory` is its peak of resident bytes."""

    def __init__(
        self, folder: Path, brokers: str, topic: str, *options: str, env: dict[str, str] | None = None
    ) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self.topic = topic
        self.most_memory = 0
        self._env = {**os.environ, **(env or {})}
        self._command = [
            str(RELEASE / "keystone-ingest"), "--listen", self.address, "--kafka-brokers", brokers,
            "--kafka-topic", topic, "--create-topics", *options,
        ]  # fmt: skip
        self._log = folder / "server.log"
        self.start()

    def start(self) -> float:
        """Returns the seconds until it listens."""
        began = time.monotonic()
        with self._log.open("a") as log:
            self.process = subprocess.Popen(
                self._command, env=self._env, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "listening on" in line, self._log.read_text()
        return time.monotonic() - began

    def kill(self) -> None:
        self.note_memory()
        kill_group(self.process)

    def note_memory(self) -> int:
        """VmHWM: the kernel's own record of the most that was resident at any moment, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        peak = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
        self.most_memory = max(self.most_memory, peak)
        return self.most_memory

    def stop(self) -> int:
        """Drains it; its exit code."""
        if self.process.poll() is None:
            self.note_memory()
            self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            kill_group(self.process)
            raise


class Load:
    """keystone-loadgen, with the ids that were acknowledged in a file. `options` are its own."""

    def __init__(self, folder: Path, address: str, seed: int, *options: str) -> None:
        self.seed = seed
        self.acks = AckLog(folder / f"acks-{seed}.txt")
        command = [
            str(RELEASE / "keystone-loadgen"), "--target", address, "--seed", str(seed),
            "--ack-log", str(self.acks.path), *options,
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def finish(self, patience: float) -> dict[str, int]:
        """Waits for its end; how many events had which outcome."""
        try:
            out, _ = self.process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            kill_group(self.process)
            raise
        finally:
            self.acks.close()
        assert self.process.returncode == 0
        return json.loads(out)["outcomes"]


def end_family(process: subprocess.Popen[Any]) -> None:
    """SIGKILL to a process started in its own session, and to its descendants in sessions of their own, all at once."""
    for pid in [process.pid, *descendants(process.pid)]:
        assert pid > 1
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # what was started meanwhile
    process.wait()


def descendants(pid: int) -> list[int]:
    """Children, their children and so on, of now."""
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in children.read_text().split():
                found += [int(child), *descendants(int(child))]
    return found
