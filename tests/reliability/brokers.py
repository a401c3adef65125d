"""A local cluster whose nodes can be killed one by one, and that tells who leads a partition."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from keystone_nexus.local_kafka import cluster as local
from tests.reliability.processes import PATIENCE


class Brokers:
    """Children of this process: they are reaped when they are killed."""

    def __init__(self, folder: Path, nodes: int) -> None:
        self.folder, self._nodes = folder, nodes
        self._cluster = local.up(folder, nodes)
        self.addresses = self._cluster.brokers

    def kill(self, *numbers: int) -> None:
        """SIGKILL, all at once."""
        pids = [node.pid for node in self._cluster.nodes if node.number in numbers]
        for pid in pids:
            assert pid > 1
            os.killpg(pid, signal.SIGKILL)
        for pid in pids:
            os.waitpid(pid, 0)

    def kill_all(self) -> None:
        self.kill(*(node.number for node in self._cluster.nodes))

    def restart(self) -> None:
        """Starts what is down. Returns once all nodes answer."""
        self._cluster = local.up(self.folder, self._nodes)

    def leader(self, topic: str, partition: int = 0) -> int:
        return self._partition(topic, partition).leader

    def wait_in_sync(self, topic: str) -> None:
        """Until every node has a replica in sync: another one may be killed."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                found = self._partition(topic, 0)
            except KafkaException:
                continue
            if len(found.isrs) == self._nodes and found.leader > 0:
                return
            time.sleep(0.1)
        raise AssertionError(f"{topic} is not in sync again")

    def _partition(self, topic: str, partition: int):
        admin = AdminClient({"bootstrap.servers": self.addresses, "log_level": 0})
        return admin.list_topics(topic, timeout=10).topics[topic].partitions[partition]

    def stop(self) -> None:
        local.down(self.folder)
