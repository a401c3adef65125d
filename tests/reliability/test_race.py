"""Two landers at the same offsets, with and without the lake's lock: each record counts once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from keystone_nexus.lake import ledger
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.lock import lake_lock
from tests.conftest import KEYSTONE, ROOT
from tests.order_events import placed
from tests.reliability.brokers import Brokers
from tests.reliability.lakes import UntouchedBronze, bronze_ids, check_landed, land
from tests.reliability.processes import PATIENCE
from tests.reliability.soak import times
from tests.reliability.topics import create, event_ids, put

pytestmark = pytest.mark.reliability
ROUNDS = times(4, 50)
UNLOCKED = """
import sys
from pathlib import Path
from keystone_nexus.events.cluster import Cluster
from keystone_nexus.events.land import land_ranges
from keystone_nexus.events.plan import Wanted
from keystone_nexus.events.schemas import SchemaBook
from keystone_nexus.events.registry import FileRegistry
from keystone_nexus.events.settings import stream_settings
from keystone_nexus.lake.errors import EnvironmentFault
from keystone_nexus.lake.lake import Lake

lake, cluster = Lake(Path(sys.argv[1])), Cluster(stream_settings())
topic, book = cluster.topic(), SchemaBook(FileRegistry(lake.store))
print("ready", flush=True)
for line in sys.stdin:
    first, end = map(int, line.split())
    try:
        land_ranges(lake, cluster, topic, [Wanted(0, first, end)], book, lambda _: None)
        print("recorded", flush=True)
    except EnvironmentFault as error:
        print(f"gave way: {error}", flush=True)
"""
"""A lander without the lake's lock: a range for each line that it reads."""


def racer(lake: Path, env: dict[str, str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", UNLOCKED, str(lake)],
        cwd=ROOT, env={**os.environ, **env}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert answer(process) == "ready"
    return process


def answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ask(process: subprocess.Popen[str], first: int, end: int) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{first} {end}\n")
    process.stdin.flush()


def test_landers_without_the_lock_land_nothing_twice(kafka: Brokers, lake: Path, record_property: Any) -> None:
    """Both begin at the same offset, one goes further and finds poison there: the first one to record counts."""
    create(kafka.addresses, "raced")
    env = {"KEYSTONE_KAFKA_BROKERS": kafka.addresses, "KEYSTONE_KAFKA_TOPIC": "raced"}
    bronze, answers, begin = UntouchedBronze(lake), [], 0
    racers = [racer(lake, env) for _ in range(2)]
    for number in range(ROUNDS):
        nameless = placed(f"nameless-{number}")
        nameless.event_id = ""
        put(
            kafka.addresses,
            "raced",
            [*(placed(f"r{number}-{n}", items=[("p1", "s1", 100)]) for n in range(30)), nameless],
        )
        high = 31 * (number + 1)
        for process, end in zip(racers, (high - 1, high), strict=True):
            ask(process, begin, end)
        answers += [answer(process) for process in racers]
        bronze.look()
        begin = max(one.end for _, one in ledger.read(Lake(lake)).ranges)
    for process in racers:
        process.communicate(timeout=PATIENCE)
    assert "recorded" in answers
    assert all(one == "recorded" or one.startswith("gave way: another writer recorded") for one in answers), answers
    assert land(lake, kafka.addresses, "raced").returncode == 0
    bronze.look()
    held = event_ids(kafka.addresses, "raced")
    assert held[""] == ROUNDS
    assert bronze_ids(lake)[""] == ROUNDS
    check_landed(lake, held)
    valid = ledger.read(Lake(lake)).ranges
    record_property("ranges recorded", sum(len(e.ranges) for e in ledger.read(Lake(lake)).entries))
    record_property("of them void", sum(len(e.ranges) for e in ledger.read(Lake(lake)).entries) - len(valid))
    record_property("gave way", sum(one != "recorded" for one in answers))


def test_a_second_landing_waits_for_the_first(kafka: Brokers, lake: Path) -> None:
    create(kafka.addresses, "waited")
    put(kafka.addresses, "waited", [placed(f"w{n}", items=[("p1", "s1", 100)]) for n in range(200)])
    env = {**os.environ, "KEYSTONE_KAFKA_BROKERS": kafka.addresses, "KEYSTONE_KAFKA_TOPIC": "waited"}
    command = [*KEYSTONE, "--lake", str(lake), "--quiet", "stream", "land"]
    with lake_lock(lake, "the test"):
        landers = [
            subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
            for _ in range(2)
        ]
        with pytest.raises(subprocess.TimeoutExpired):
            landers[0].wait(4)
        assert landers[1].poll() is None
        assert bronze_ids(lake).total() == 0
    for lander in landers:
        _, said = lander.communicate(timeout=2 * PATIENCE)
        assert lander.returncode == 0, said
    check_landed(lake, event_ids(kafka.addresses, "waited"))
    assert len(ledger.read(Lake(lake)).ranges) == 1
