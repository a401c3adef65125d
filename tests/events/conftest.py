"""A lake with reference data and no orders, and a Kafka to land from."""

from __future__ import annotations

from pathlib import Path

import pytest

from keystone_nexus.events.cluster import Cluster
from keystone_nexus.events.registry import FileRegistry
from keystone_nexus.events.schemas import SchemaBook
from keystone_nexus.events.settings import StreamSettings
from keystone_nexus.lake.lake import Lake
from keystone_nexus.source.land import land
from tests.helpers import header_of, nine_headers
from tests.order_events import MockKafka


@pytest.fixture
def kafka() -> MockKafka:
    return MockKafka()


@pytest.fixture
def cluster(kafka: MockKafka) -> Cluster:
    return Cluster(StreamSettings(kafka.brokers, plain=True))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Products p1 and p2, seller s1, customer c9."""
    drop = nine_headers(tmp_path / "drop")
    (drop / "products.csv").write_text(header_of("products") + "p1,,,,,,,,\np2,,,,,,,,\n")
    (drop / "sellers.csv").write_text(header_of("sellers") + "s1,01000,santos,SP\n")
    (drop / "customers.csv").write_text(header_of("customers") + "c9,person nine,09000,rio,RJ\n")
    found = Lake(tmp_path / "lake")
    found.create()
    land(found, str(drop))
    return found


@pytest.fixture
def book(lake: Lake) -> SchemaBook:
    return SchemaBook(FileRegistry(lake.store))
