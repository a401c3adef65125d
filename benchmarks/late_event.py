"""One late event, with sensor and daemon running: how long until it is in bronze, in silver, in gold, and what changed.

    python -m benchmarks.late_event [--source PATH] [--events 3]

Builds a lake (the real data where KEYSTONE_OLIST_ZIP names it, else synthetic), starts a local Kafka and the Dagster
daemon, and sends one delivery at a time for an order that was shipped, each of another month. Of silver only the day's
object may change, of gold only the month may be rebuilt.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from keystone_nexus.lake import gold, ledger
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.sql import query
from keystone_nexus.local_kafka.cluster import down, up
from keystone_nexus.source.synthetic import generate
from keystone_nexus.wire.schema import HEADER, own_schema_id
from keystone_nexus.wire.stubs.order_event_pb2 import OrderEvent, OrderStatus

TOPIC = "late-event-benchmark"
KEYSTONE = Path(sys.executable).with_name("keystone")
PATIENCE = 600.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default=os.environ.get("KEYSTONE_OLIST_ZIP"))
    parser.add_argument("--events", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        source = options.source or synthetic(work)
        lake = Lake(work / "lake")
        subprocess.run(
            [KEYSTONE, "--lake", lake.root, "run", "--source", source, "--quiet"], check=True, stdout=subprocess.DEVNULL
        )
        cluster = up(work / "kafka", 1)
        os.environ |= {"KEYSTONE_KAFKA_BROKERS": cluster.brokers, "KEYSTONE_KAFKA_TOPIC": TOPIC}
        daemon = subprocess.Popen(
            [KEYSTONE, "--lake", lake.root, "ui", "--port", "3213"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            measure(lake, cluster.brokers, options.events)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)
            down(work / "kafka")


def synthetic(work: Path) -> str:
    generate(work / "source", 1.0, 42)
    return str(work / "source")


def measure(lake: Lake, brokers: str, events: int) -> None:
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": brokers})
    admin.create_topics([NewTopic(TOPIC, 6, 1)])[TOPIC].result(30)
    producer = Producer({"bootstrap.servers": brokers, "enable.idempotence": True})
    wait("the daemon", lambda: bool(list((lake.root / ".dagster").rglob("*schedules*"))))
    time.sleep(30)  # until its processes have started: the delay that is measured is that of a running system
    print(f"{'order of':12} {'in bronze':>10} {'in silver':>10} {'in gold':>10}  rebuilt")
    found: list[tuple[float, float, float]] = []
    for order, purchased in shipped(lake, events):
        found.append(one_event(lake, producer, order, purchased))
    bronze, silver, published = (statistics.median(row[n] for row in found) for n in range(3))
    print(f"{'median':12} {bronze:10.1f} {silver:10.1f} {published:10.1f}  seconds since Kafka acknowledged")


def shipped(lake: Lake, count: int) -> list[tuple[str, datetime]]:
    """Orders under way, each of another month."""
    rows = query(
        lake,
        "select min(order_id), min_by(order_purchase_timestamp, order_id) from silver.orders "
        f"where order_status = 'shipped' group by year, month order by year, month limit {count}",
    ).rows
    return [(str(order), purchased) for order, purchased in rows]


def one_event(lake: Lake, producer: object, order: str, purchased: datetime) -> tuple[float, float, float]:
    position, version = ledger.read(lake).position, newest(lake)
    before = objects(lake)
    path = f"year={purchased:%Y}/month={purchased:%m}/day={purchased:%d}/part-0.parquet"
    send(producer, delivery(order, purchased))
    started = time.monotonic()
    wait("the landing", lambda: ledger.read(lake).position > position)
    in_bronze = time.monotonic() - started
    wait("silver", lambda: objects(lake).get(path) != before.get(path))
    in_silver = time.monotonic() - started
    wait("gold", lambda: newest(lake) != version)
    in_gold = time.monotonic() - started
    after = objects(lake)
    changed = sorted(name for name in before | after if before.get(name) != after.get(name))
    assert changed == [path], changed
    months = gold.versions(lake)[0].months
    assert months == 1, months
    print(
        f"{purchased:%Y-%m-%d}   {in_bronze:10.1f} {in_silver:10.1f} {in_gold:10.1f}  1 day of silver, 1 month of gold"
    )
    return in_bronze, in_silver, in_gold


def delivery(order: str, purchased: datetime) -> OrderEvent:
    made = OrderEvent(event_id=str(uuid.uuid4()), order_id=order, order_status=OrderStatus.ORDER_STATUS_DELIVERED)
    made.event_time.GetCurrentTime()
    made.order_purchase_time.FromDatetime(purchased)
    made.delivered.SetInParent()
    return made


def send(producer: object, event: OrderEvent) -> None:
    producer.produce(TOPIC, event.SerializeToString(), event.order_id, headers=[(HEADER, own_schema_id().encode())])  # type: ignore[attr-defined]
    assert producer.flush(30) == 0  # type: ignore[attr-defined]


def newest(lake: Lake) -> int:
    """Number of the published gold."""
    return next(one.number for one in gold.versions(lake) if one.current)


def objects(lake: Lake) -> dict[str, tuple[int, int]]:
    """The days' objects of silver's orders: name -> inode and time of writing."""
    folder = lake.layer("silver") / "orders"
    return {str(p.relative_to(folder)): (p.stat().st_ino, p.stat().st_mtime_ns) for p in folder.rglob("*.parquet")}


def wait(what: str, come: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not come():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {PATIENCE:g} s")
        time.sleep(0.2)


if __name__ == "__main__":
    main()
