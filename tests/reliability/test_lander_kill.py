"""kill -9 of who lands, at random points under load: the next one takes up what is there, and each event is in once."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from keystone_nexus.events.cluster import Cluster
from keystone_nexus.events.lag import lags
from keystone_nexus.events.settings import StreamSettings
from keystone_nexus.lake import ledger
from keystone_nexus.lake.lake import Lake
from tests.conftest import KEYSTONE, ROOT
from tests.reliability.brokers import Brokers
from tests.reliability.lakes import UntouchedBronze, check_landed, land_load
from tests.reliability.processes import PATIENCE, IngestServer, Load, end_family, free_port
from tests.reliability.soak import times
from tests.reliability.topics import event_ids

pytestmark = pytest.mark.reliability
KILLS = times(5, 50)
DAEMON_KILLS = times(2, 50)
RATE = 200
Report = Callable[[str, object], None]


class SteadyLoad:
    """Events that go on coming until it is told to stop: one load after the other."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder, self._address = folder, address
        self._seed = 0
        self._now: Load | None = None
        self.acknowledged: set[str] = set()

    def go_on(self) -> None:
        """To be called now and then."""
        if self._now is not None and self._now.process.poll() is None:
            return
        self.stop()
        self._seed += 1
        options = ["--mode", "stream", "--streams", "1", "--batch", "10", "--rate", str(RATE), "--seconds", "20"]
        self._now = Load(self._folder, self._address, self._seed, *options)

    def stop(self) -> None:
        if self._now is not None:
            self._now.finish(PATIENCE)
            self.acknowledged |= self._now.acks.ids()
            self._now = None


def kafka_of(brokers: str, topic: str) -> dict[str, str]:
    return {"KEYSTONE_KAFKA_BROKERS": brokers, "KEYSTONE_KAFKA_TOPIC": topic, "KEYSTONE_KAFKA_PLAIN_TOPIC": "true"}


def start(lake: Path, env: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*KEYSTONE, "--lake", str(lake), "--quiet", *arguments],
        cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip


def test_killed_landings_miss_nothing_and_land_nothing_twice(
    kafka: Brokers, serve: Callable[..., IngestServer], lake: Path, tmp_path: Path, record_property: Report
) -> None:
    server = serve(kafka.addresses, "killed-lander", "--partitions", "3")
    env = kafka_of(kafka.addresses, server.topic)
    load, bronze, chance = SteadyLoad(tmp_path, server.address), UntouchedBronze(lake), random.Random(4)
    killed = 0
    for _ in range(KILLS):
        load.go_on()
        lander = start(lake, env, "stream", "land")
        try:
            lander.wait(chance.uniform(0.5, 8))
        except subprocess.TimeoutExpired:
            end_family(lander)
            killed += 1
        bronze.look()
    load.stop()
    held = event_ids(kafka.addresses, server.topic)
    assert load.acknowledged <= set(held)
    land_load(lake, kafka.addresses, server.topic)
    assert bronze.look() > 0
    check_landed(lake, held)
    assert killed > 0
    record_property("killed / started", f"{killed} / {KILLS}")
    record_property("events", f"{held.total():,}")
    record_property("landings that count", landings(lake))


def test_a_killed_daemon_goes_on_where_it_was(
    kafka: Brokers, serve: Callable[..., IngestServer], lake: Path, tmp_path: Path, record_property: Report
) -> None:
    """Webserver, daemon, sensor and runs die together; started anew, they land and build all that is left."""
    server = serve(kafka.addresses, "killed-daemon", "--partitions", "3")
    env = kafka_of(kafka.addresses, server.topic)
    load, bronze, chance = SteadyLoad(tmp_path, server.address), UntouchedBronze(lake), random.Random(5)
    for _ in range(DAEMON_KILLS):
        load.go_on()
        daemon = start(lake, env, "ui", "--port", str(free_port()))
        time.sleep(chance.uniform(10, 35))
        assert daemon.poll() is None
        end_family(daemon)
        bronze.look()
    by_killed = landings(lake)
    load.stop()
    daemon = start(lake, env, "ui", "--port", str(free_port()))
    try:
        wait_until_landed(lake, env)
    finally:
        end_family(daemon)
    held = event_ids(kafka.addresses, server.topic)
    assert load.acknowledged <= set(held)
    land_load(lake, kafka.addresses, server.topic)
    assert bronze.look() > 0
    check_landed(lake, held)
    record_property("daemons killed", DAEMON_KILLS)
    record_property("events", f"{held.total():,}")
    record_property("landings that count (by those killed)", f"{landings(lake)} ({by_killed})")


def landings(lake: Path) -> int:
    return len({entry.number for entry, _ in ledger.read(Lake(lake)).ranges})


def wait_until_landed(lake: Path, env: dict[str, str]) -> None:
    """Until the daemon has landed what the topic holds."""
    cluster = Cluster(StreamSettings(env["KEYSTONE_KAFKA_BROKERS"], env["KEYSTONE_KAFKA_TOPIC"]))
    deadline = time.monotonic() + 4 * PATIENCE
    while sum(one.events for one in lags(ledger.read(Lake(lake)), cluster)):
        assert time.monotonic() < deadline, "the daemon does not land"
        time.sleep(1)
