"""What the figures share: a folder, a log, and the servers that are up for a while."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks.ingest import brokers
from benchmarks.ingest.binaries import INGEST, NOOP, ROOT
from benchmarks.ingest.certificates import Certificates, make_certificates
from benchmarks.ingest.load import Load, send
from benchmarks.ingest.processes import Server, serving

LISTEN = ["--listen", "127.0.0.1:0"]


@dataclass(frozen=True)
class Workshop:
    """`rounds` of `seconds` each."""

    folder: Path
    log: IO[str]
    rounds: int
    seconds: float

    def say(self, sentence: str) -> None:
        print(sentence, file=sys.stderr, flush=True)

    def certificates(self) -> Certificates:
        folder = self.folder / "certificates"
        return Certificates(folder) if folder.exists() else make_certificates(folder)

    @contextmanager
    def keystone(self, kafka: str, *flags: str) -> Iterator[Server]:
        command = [INGEST, "--kafka-brokers", kafka, "--kafka-topic", brokers.TOPIC, *LISTEN, *flags]
        with serving(command, self.log) as server:
            yield server

    @contextmanager
    def noop(self) -> Iterator[Server]:
        with serving([NOOP], self.log) as server:
            yield server

    @contextmanager
    def python(self, kafka: str) -> Iterator[Server]:
        command = [sys.executable, str(ROOT / "benchmarks" / "peer_ingest.py"), kafka, brokers.TOPIC]
        with serving(command, self.log) as server:
            yield server


def loads(server: Server, shape: str, flags: list[str] | None = None) -> Callable[[float], Load]:
    """The rival that a server is under such a load."""
    return lambda seconds: send(server, shape, seconds, flags or [])
