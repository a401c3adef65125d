"""Servers as processes: started until they say that they listen, stopped, and what CPU time they took so far."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PATIENCE = 30
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A process that listens at `address`. `line` is what it said when it began to."""

    process: subprocess.Popen[str]
    address: str
    line: str

    def cpu_seconds(self) -> float:
        """User and system time of all its threads."""
        # The name in parentheses may hold spaces: what follows it is counted.
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def serving(command: Sequence[str], log: IO[str]) -> Iterator[Server]:
    """A server whose first line is `NAME listening on HOST:PORT ...`. Raises RuntimeError when it says nothing."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{command[0]} ended with {process.wait(PATIENCE)}: see {log.name}")
        yield Server(process, line.split()[3], line.strip())
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
