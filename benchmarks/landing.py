"""Landing, topic to bronze: events a second, CPU seconds a million, and memory by the size of the ranges.

    python -m benchmarks.landing [--events 1000000] [--source DIR]

Starts a local Kafka of one node, fills a topic with replayed events (again and again until there are enough), and lands
it with ranges of several sizes, each in a process and a lake of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from keystone_nexus.events.cluster import Cluster
from keystone_nexus.events.land import land_all
from keystone_nexus.events.registry import FileRegistry
from keystone_nexus.events.replay import events_of
from keystone_nexus.events.schemas import SchemaBook
from keystone_nexus.events.settings import StreamSettings
from keystone_nexus.lake.lake import Lake
from keystone_nexus.local_kafka.cluster import down, up
from keystone_nexus.source.synthetic import generate
from keystone_nexus.wire.schema import HEADER, own_schema_id

TOPIC = "landing-benchmark"
SIZES = (25_000, 100_000, 200_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--source", help="default: synthetic, scale 0.2")
    parser.add_argument("--one", nargs=3, metavar=("BROKERS", "SIZE", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        brokers, size, folder = options.one
        print(json.dumps(land(brokers, int(size), Path(folder))))
        return
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        cluster = up(work / "kafka", 1)
        try:
            fill(cluster.brokers, options.source or synthetic(work), options.events)
            report(cluster.brokers, work)
        finally:
            down(work / "kafka")


def synthetic(work: Path) -> str:
    generate(work / "source", 0.2, 42)
    return str(work / "source")


def fill(brokers: str, source: str, events: int) -> None:
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": brokers})
    admin.create_topics([NewTopic(TOPIC, 6, 1)])[TOPIC].result(30)
    producer = Producer({"bootstrap.servers": brokers, "linger.ms": 50, "queue.buffering.max.messages": 1_000_000})
    values, headers, sent = events_of(source).events, [(HEADER, own_schema_id().encode())], 0
    while sent < events:
        for value in values[: events - sent]:
            producer.produce(TOPIC, value, headers=headers)
        sent += min(len(values), events - sent)
        producer.flush()


def report(brokers: str, work: Path) -> None:
    print(f"{'range':>9} {'events':>10} {'seconds':>8} {'events/s':>10} {'CPU s/million':>14} {'peak MiB':>9}")
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.landing", "--one", brokers, str(size), str(work / f"lake{size}")]
        found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        events, seconds, cpu = found["events"], found["seconds"], found["cpu"]
        print(
            f"{size:>9,} {events:>10,} {seconds:>8.2f} {events / seconds:>10,.0f} {cpu / events * 1e6:>14.2f} "
            f"{found['peak']:>9,}"
        )


def land(brokers: str, size: int, folder: Path) -> dict[str, float]:
    """In a process of its own. Seconds and CPU are the landing's, without the imports before it."""
    lake = Lake(folder)
    lake.create()
    book = SchemaBook(FileRegistry(lake.store))
    cluster = Cluster(StreamSettings(brokers, TOPIC, plain=True, max_events=size))
    cluster.topic()
    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    entries = land_all(lake, cluster, book)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    events = sum(one.rows for entry in entries for one in entry.ranges)
    return {"events": events, "seconds": seconds, "cpu": cpu, "peak": after.ru_maxrss // 1024}


if __name__ == "__main__":
    main()
