"""A local cluster: its nodes' files, processes and addresses, in one folder that says all there is to know of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.publish import alive, write_over
from keystone_nexus.local_kafka.jars import jars, java, only_one

LOG = "-Dorg.slf4j.simpleLogger"
OPTIONS = [
    "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
    f"{LOG}.defaultLogLevel=warn", f"{LOG}.log.kafka.server.KafkaRaftServer=info",
]  # fmt: skip
FIRST_PORT = 19092
LAST_PORT = 32000
"""Below the ephemeral range: else an outgoing connection can take a port while its node is down."""
START_PATIENCE = 90.0
STOP_PATIENCE = 30.0
STATE = "cluster.json"


@dataclass(frozen=True, slots=True)
class Node:
    """A broker and controller in one process."""

    number: int
    port: int
    controller: int
    pid: int


@dataclass(frozen=True, slots=True)
class LocalCluster:
    """`folder` holds `cluster.json`, and `node-<n>` with each node's settings, data and log."""

    folder: Path
    cluster_id: str
    nodes: list[Node]

    @property
    def brokers(self) -> str:
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    @property
    def running(self) -> bool:
        return all(alive(node.pid) for node in self.nodes)

    def save(self) -> None:
        state = {"cluster_id": self.cluster_id, "nodes": [asdict(node) for node in self.nodes]}
        write_over(self.folder / STATE, json.dumps(state).encode())


def load(folder: Path) -> LocalCluster | None:
    """The cluster of a folder, running or not; None where there is none."""
    try:
        state = json.loads((folder / STATE).read_text("utf-8"))
        return LocalCluster(folder, state["cluster_id"], [Node(**node) for node in state["nodes"]])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(
            f"{folder / STATE} is damaged ({error}): remove {folder}, and with it the local topics"
        ) from error


def up(folder: Path, nodes: int) -> LocalCluster:
    """Starts a cluster, or what is down of the one that is there. Returns once all brokers answer.

    One at a time for a user: two that looked for free ports at once would find the same ones.
    """
    with only_one("cluster"):
        return _up(folder, nodes)


def _up(folder: Path, nodes: int) -> LocalCluster:
    found = load(folder)
    if found is not None and len(found.nodes) != nodes:
        raise Refused(
            f"{folder} has a cluster of {len(found.nodes)} nodes, not {nodes}: remove the folder to begin anew"
        )
    if found is None:
        found = _create(folder, nodes)
    started = [node if alive(node.pid) else start(found, node) for node in found.nodes]
    cluster = LocalCluster(folder, found.cluster_id, started)
    cluster.save()
    for node in started:
        _wait(cluster, node)
    return cluster


def down(folder: Path) -> bool:
    """Stops a cluster; its topics stay in the folder. Returns whether one ran."""
    found = load(folder)
    if found is None:
        return False
    running = [node for node in found.nodes if alive(node.pid)]
    for node in running:
        os.kill(node.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_PATIENCE
    while any(_runs(node.pid) for node in running) and time.monotonic() < deadline:
        time.sleep(0.1)
    for node in running:
        if _runs(node.pid):
            os.kill(node.pid, signal.SIGKILL)
    return bool(running)


def _runs(pid: int) -> bool:
    """Whether a node still runs. One that this process started has to be waited for, or it stays as a zombie."""
    with suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] == 0
    return alive(pid)


def start(cluster: LocalCluster, node: Node) -> Node:
    """Starts a node's process in a session of its own, so that it outlives the command that started it."""
    home = cluster.folder / f"node-{node.number}"
    command = [java(), *OPTIONS, "-cp", f"{jars()}/*", "kafka.Kafka", "server.properties"]
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    return Node(node.number, node.port, node.controller, process.pid)


def _create(folder: Path, count: int) -> LocalCluster:
    folder.mkdir(parents=True, exist_ok=True)
    tool = [java(), *OPTIONS, "-cp", f"{jars()}/*", "kafka.tools.StorageTool"]
    cluster_id = _tool([*tool, "random-uuid"], folder).strip().splitlines()[-1]
    ports = _free_ports(2 * count)
    nodes = [Node(n + 1, ports[2 * n], ports[2 * n + 1], pid=0) for n in range(count)]
    voters = ",".join(f"{node.number}@127.0.0.1:{node.controller}" for node in nodes)
    for node in nodes:
        home = folder / f"node-{node.number}"
        home.mkdir(exist_ok=True)
        (home / "server.properties").write_text(_properties(node, voters, count))
        _tool([*tool, "format", "--ignore-formatted", "-t", cluster_id, "-c", "server.properties"], home)
    return LocalCluster(folder, cluster_id, nodes)


def _properties(node: Node, voters: str, count: int) -> str:
    replicas, in_sync = min(3, count), 2 if count >= 3 else 1
    settings = {
        "process.roles": "broker,controller",
        "node.id": node.number,
        "controller.quorum.voters": voters,
        "listeners": f"PLAINTEXT://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": "data",
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        "offsets.topic.num.partitions": 1,
        "transaction.state.log.num.partitions": 1,
        "auto.create.topics.enable": "false",
        "log.retention.ms": -1,
        "log.cleaner.dedupe.buffer.size": 4194304,
        "broker.heartbeat.interval.ms": 500,
        "broker.session.timeout.ms": 3000,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _tool(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise EnvironmentFault(f"Kafka's storage tool failed: {said[-1] if said else 'no reason given'}")
    return done.stdout


def _free_ports(count: int) -> list[int]:
    found: list[int] = []
    for port in range(FIRST_PORT, LAST_PORT):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise EnvironmentFault(f"no {count} free ports between {FIRST_PORT} and {LAST_PORT}")


def _wait(cluster: LocalCluster, node: Node) -> None:
    """Until the broker answers. A taken port ends the process, its log says so; who took it may answer until then."""
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    deadline = time.monotonic() + START_PATIENCE
    log = cluster.folder / f"node-{node.number}" / "server.log"
    admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{node.port}", "log_level": 0})
    while True:
        if not alive(node.pid):
            last = log.read_text("utf-8", "replace").strip().splitlines()[-1:]
            raise EnvironmentFault(f"Kafka's node {node.number} ended: {''.join(last) or 'no reason given'} ({log})")
        try:
            answer = admin.list_topics(timeout=2)
            if str(answer.cluster_id) == cluster.cluster_id and len(answer.brokers) == len(cluster.nodes):
                return
        except KafkaException:
            pass
        if time.monotonic() > deadline:
            raise EnvironmentFault(f"Kafka's node {node.number} did not answer within {START_PATIENCE:g} s: see {log}")
        time.sleep(0.1)
