"""A real Kafka, a server, a lake with reference data: what the tests of the stream's reliability share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from keystone_nexus.local_kafka import cluster
from tests.conftest import keystone
from tests.helpers import header_of, nine_headers
from tests.reliability.brokers import Brokers
from tests.reliability.processes import RELEASE, IngestServer

PRODUCT, SELLER = "4244733e06e7ecb4970a6e2683c13e61", "48436dade18ac8b2bce089ec2a041202"
"""What keystone-loadgen's orders are of."""


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    assert (RELEASE / "keystone-loadgen").exists(), "run `make ingest`"


@pytest.fixture(scope="session")
def own_ports() -> None:
    """Ports that no other worker's cluster tries, also while a node is down."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    cluster.FIRST_PORT = 20_000 + 500 * worker


@pytest.fixture(scope="session")
def kafka(own_ports: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """A real Kafka of one node."""
    found = Brokers(tmp_path_factory.mktemp("kafka-1"), 1)
    yield found
    found.stop()


@pytest.fixture(scope="session")
def three_brokers(own_ports: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    found = Brokers(tmp_path_factory.mktemp("kafka-3"), 3)
    yield found
    found.stop()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., IngestServer]]:
    """Starts servers that are stopped at the end."""
    started: list[IngestServer] = []

    def start(brokers: str, topic: str, *options: str, env: dict[str, str] | None = None) -> IngestServer:
        started.append(IngestServer(tmp_path, brokers, topic, *options, env=env))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def reference_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Products and sellers, no orders; do not change it."""
    folder = tmp_path_factory.mktemp("reference")
    drop = nine_headers(folder / "drop")
    (drop / "products.csv").write_text(header_of("products") + f"{PRODUCT},,,,,,,,\np1,,,,,,,,\n")
    (drop / "sellers.csv").write_text(header_of("sellers") + f"{SELLER},01000,santos,SP\ns1,01000,santos,SP\n")
    done = keystone(folder / "lake", "run", "--no-pages", "--source", str(drop))
    assert done.returncode == 0, done.stderr
    return folder / "lake"


@pytest.fixture
def lake(reference_lake: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(reference_lake, tmp_path / "lake"))
