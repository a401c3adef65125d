"""The Kafka behind the servers: librdkafka's mock cluster in a process of its own, or a real one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from benchmarks.ingest.binaries import INGEST
from benchmarks.ingest.processes import serving
from keystone_nexus.local_kafka.cluster import down, up

TOPIC = "keystone.order-events.v1"
PARTITIONS = "6"


@contextmanager
def mock(log: IO[str]) -> Iterator[str]:
    """An idle server lends its mock cluster. It keeps 5 MiB a partition and drops what is older, which costs nothing."""
    command = [INGEST, "--mock-kafka", "1", "--partitions", PARTITIONS, "--kafka-topic", TOPIC]
    with serving([*command, "--listen", "127.0.0.1:0"], log) as server:
        yield server.line.rpartition("kafka=")[2]


@contextmanager
def real(folder: Path) -> Iterator[str]:
    """One KRaft node. The server creates its topics."""
    try:
        yield up(folder, 1).brokers
    finally:
        down(folder)
