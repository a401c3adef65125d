"""A topic whose history is not what the ledger knows: refused loudly, and taken up again knowingly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from keystone_nexus.events import land as landing
from keystone_nexus.events import read as reading
from keystone_nexus.events.cluster import Cluster
from keystone_nexus.events.plan import Wanted
from keystone_nexus.events.registry import FileRegistry
from keystone_nexus.events.schemas import SchemaBook
from keystone_nexus.events.settings import StreamSettings
from keystone_nexus.lake.errors import KeystoneError
from keystone_nexus.lake.lake import Lake
from keystone_nexus.wire.stubs import order_event_pb2 as pb
from tests.conftest import keystone
from tests.order_events import placed
from tests.reliability.brokers import Brokers
from tests.reliability.lakes import UntouchedBronze, bronze_ids, check_landed, land, leftovers
from tests.reliability.processes import PATIENCE
from tests.reliability.topics import create, delete, event_ids, put

pytestmark = pytest.mark.reliability


def orders(prefix: str, count: int) -> list[pb.OrderEvent]:
    return [placed(f"{prefix}{n}", items=[("p1", "s1", 100)]) for n in range(count)]


def ids(events: list[pb.OrderEvent]) -> dict[str, int]:
    return {one.event_id: 1 for one in events}


def resume(lake: Path, brokers: str, topic: str) -> str:
    done = keystone(lake, "stream", "resume", env={"KEYSTONE_KAFKA_BROKERS": brokers, "KEYSTONE_KAFKA_TOPIC": topic})
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(lake: Path, brokers: str, topic: str, *words: str) -> None:
    """A landing ends with exit 2 and these words, and leaves the lake as it was."""
    before = bronze_ids(lake)
    done = land(lake, brokers, topic)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    for word in (*words, "keystone stream resume"):
        assert word in done.stderr
    assert bronze_ids(lake) == before
    assert leftovers(lake) == []


def test_retention_that_overtakes_the_landing_is_refused_until_resumed(kafka: Brokers, lake: Path) -> None:
    name = "overtaken"
    create(kafka.addresses, name)
    first, lost, kept = orders("a", 20), orders("b", 30), orders("c", 10)
    put(kafka.addresses, name, first)
    assert land(lake, kafka.addresses, name).returncode == 0
    put(kafka.addresses, name, [*lost, *kept])
    admin = AdminClient({"bootstrap.servers": kafka.addresses})
    (done,) = admin.delete_records([TopicPartition(name, 0, 50)]).values()
    assert done.result(PATIENCE).low_watermark == 50
    bronze = UntouchedBronze(lake)
    bronze.look()
    refused(lake, kafka.addresses, name, "offsets 20 to 49 are gone", "retention")
    assert "offsets 20 to 49 are lost" in resume(lake, kafka.addresses, name)
    assert land(lake, kafka.addresses, name).returncode == 0
    bronze.look()
    assert bronze_ids(lake) == ids(first + kept)
    assert keystone(lake, "verify").returncode == 0
    assert "nothing to resume" in resume(lake, kafka.addresses, name)


def test_a_topic_that_shrank_is_refused_until_resumed(kafka: Brokers, lake: Path) -> None:
    """The node lost its partition's segments, but knows the topic: same id, offsets from 0 again."""
    name = "shrunk"
    create(kafka.addresses, name)
    first, again = orders("a", 25), orders("b", 5)
    put(kafka.addresses, name, first)
    assert land(lake, kafka.addresses, name).returncode == 0
    kafka.kill_all()
    for path in (kafka.folder / "node-1" / "data" / f"{name}-0").iterdir():
        if path.name != "partition.metadata":
            path.unlink()
    for path in (kafka.folder / "node-1" / "data").glob("*-checkpoint"):
        path.unlink()
    kafka.restart()
    put(kafka.addresses, name, again)
    refused(lake, kafka.addresses, name, "25 offsets are landed, but the topic ends at 5")
    assert "25 were landed, the topic ends at 5" in resume(lake, kafka.addresses, name)
    later = orders("c", 7)
    put(kafka.addresses, name, later)
    assert land(lake, kafka.addresses, name).returncode == 0
    assert bronze_ids(lake) == ids(first + later), "what came before the resumption was given up"
    assert keystone(lake, "verify").returncode == 0


@pytest.mark.parametrize("refill", [0, 20, 400], ids=["left empty", "shorter", "as long"])
def test_a_topic_recreated_while_it_is_read_lands_nothing(
    kafka: Brokers, lake: Path, monkeypatch: pytest.MonkeyPatch, refill: int
) -> None:
    """Its records before and after have the same offsets: only the topic's id tells them apart."""
    name = f"recreated-{refill}"
    create(kafka.addresses, name)
    put(kafka.addresses, name, orders("old", 400))

    def read_slowly(*given: Any) -> Iterator[Any]:
        batches = reading.read_range(*given)
        yield next(batches)
        recreate()
        yield from batches

    def recreate() -> None:
        delete(kafka.addresses, name)
        create(kafka.addresses, name)
        put(kafka.addresses, name, orders("new", refill))

    monkeypatch.setattr(reading, "AT_ONCE", 50)
    monkeypatch.setattr(reading, "PATIENCE", 5.0)
    monkeypatch.setattr(landing, "read_range", read_slowly)
    cluster = Cluster(StreamSettings(kafka.addresses, name))
    here, topic = Lake(lake), cluster.topic()
    book = SchemaBook(FileRegistry(here.store))
    with pytest.raises(KeystoneError, match="othing was landed"):
        landing.land_ranges(here, cluster, topic, [Wanted(0, 0, 400)], book, lambda _: None)
    monkeypatch.undo()
    assert leftovers(lake) == []
    assert list((lake / "bronze").glob("order_events/**/*.parquet")) == []
    assert land(lake, kafka.addresses, name).returncode == 0
    check_landed(lake, event_ids(kafka.addresses, name))
    assert bronze_ids(lake) == ids(orders("new", refill))


def test_a_topic_recreated_between_plan_and_landing_is_refused(kafka: Brokers, lake: Path) -> None:
    name = "recreated-early"
    create(kafka.addresses, name)
    put(kafka.addresses, name, orders("old", 30))
    cluster = Cluster(StreamSettings(kafka.addresses, name))
    here, topic = Lake(lake), cluster.topic()
    delete(kafka.addresses, name)
    create(kafka.addresses, name)
    put(kafka.addresses, name, orders("new", 30))
    with pytest.raises(KeystoneError, match="was recreated while it was read"):
        landing.land_ranges(
            here, cluster, topic, [Wanted(0, 0, 30)], SchemaBook(FileRegistry(here.store)), lambda _: None
        )
    assert bronze_ids(lake) == {}
