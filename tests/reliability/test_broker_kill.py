"""kill -9 of the broker that leads, and of all brokers: nothing acknowledged is lost, every call is answered."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

from tests.reliability.brokers import Brokers
from tests.reliability.lakes import check_landed, land_load
from tests.reliability.processes import MOST_MEMORY, PATIENCE, IngestServer, Load
from tests.reliability.sent_ids import stream_ids
from tests.reliability.soak import times
from tests.reliability.topics import create, event_ids

pytestmark = pytest.mark.reliability
KILLS = times(1, 20)
OUTAGE = times(12, 60)
"""Longer than the 10 s after which the server gives an event up: what was pending is answered meanwhile."""
STREAMS, RATE, SECONDS = 2, 1000, 6
STREAM = ["--mode", "stream", "--streams", str(STREAMS), "--deadline", str(2 * PATIENCE)]
Report = Callable[[str, object], None]


def test_killed_leaders_lose_nothing_that_was_acknowledged(
    three_brokers: Brokers,
    serve: Callable[..., IngestServer],
    lake: Path,
    tmp_path: Path,
    record_property: Report,
) -> None:
    """One partition, so that every acknowledgement needs the leader that dies."""
    create(three_brokers.addresses, "killed-leader", 1, 3)
    server = serve(three_brokers.addresses, "killed-leader")
    chance = random.Random(2)
    acknowledged: set[str] = set()
    sent: set[str] = set()
    gaps: list[float] = []
    for seed in range(1, KILLS + 1):
        three_brokers.wait_in_sync(server.topic)
        options = ["--batch", "20", "--rate", str(RATE), "--seconds", str(SECONDS), "--resend"]
        load = Load(tmp_path, server.address, seed, *STREAM, *options)
        load.acks.first_after(0, PATIENCE)
        time.sleep(chance.uniform(0.1, 2))
        three_brokers.kill(three_brokers.leader(server.topic))
        load.acks.wait_until_quiet()
        load.acks.first_after(time.monotonic(), PATIENCE)
        three_brokers.restart()
        outcomes = load.finish(3 * PATIENCE)
        assert outcomes.pop("no_answer") == 0
        assert sum(outcomes.values()) == RATE * SECONDS
        acknowledged |= load.acks.ids()
        sent |= stream_ids(seed, STREAMS, RATE * SECONDS // STREAMS)
        gaps.append(load.acks.longest_gap())
    three_brokers.wait_in_sync(server.topic)
    assert server.stop() == 0
    assert server.most_memory < MOST_MEMORY

    held = event_ids(three_brokers.addresses, server.topic)
    assert acknowledged <= set(held)
    assert set(held) <= sent
    land_load(lake, three_brokers.addresses, server.topic)
    check_landed(lake, held)
    record_property("leaders killed", KILLS)
    record_property("acknowledged / sent", f"{len(acknowledged):,} / {len(sent):,}")
    record_property("twice in the topic", held.total() - len(held))
    record_property("longest without an ack, s", f"median {median(gaps):.1f}, most {max(gaps):.1f}")
    record_property("most memory, MiB", server.most_memory >> 20)


def test_without_any_broker_every_call_is_answered_and_memory_is_bounded(
    three_brokers: Brokers, serve: Callable[..., IngestServer], lake: Path, tmp_path: Path, record_property: Report
) -> None:
    """Streams press as hard as they are let; single calls have to be answered one by one."""
    server = serve(three_brokers.addresses, "all-down", "--partitions", "6")
    three_brokers.wait_in_sync(server.topic)
    seconds = ["--seconds", str(OUTAGE + 15)]
    press = Load(
        tmp_path, server.address, 1, *STREAM, *seconds, "--batch", "200", "--in-flight", "40", "--rate", "3000"
    )
    calls = Load(
        tmp_path, server.address, 2, "--mode", "unary", "--rate", "500", "--deadline", str(PATIENCE), *seconds
    )  # fmt: skip
    for load in (press, calls):
        load.acks.first_after(0, PATIENCE)
    three_brokers.kill_all()
    time.sleep(OUTAGE)  # the outage itself
    server.note_memory()
    began = time.monotonic()
    three_brokers.restart()
    returned = time.monotonic()
    first = min(load.acks.first_after(began, PATIENCE) for load in (press, calls))
    outcomes = [load.finish(OUTAGE + 4 * PATIENCE) for load in (press, calls)]
    assert server.stop() == 0
    assert [one["no_answer"] for one in outcomes] == [0, 0]
    assert sum(one["not_persisted"] + one["unknown"] + one["throttled"] for one in outcomes) > 0, "there was an outage"
    assert server.most_memory < MOST_MEMORY

    acknowledged = press.acks.ids() | calls.acks.ids()
    held = event_ids(three_brokers.addresses, server.topic)
    assert acknowledged <= set(held)
    land_load(lake, three_brokers.addresses, server.topic)
    check_landed(lake, held)
    answered = {name: sum(one[name] for one in outcomes) for name in outcomes[0]}
    record_property("seconds down", OUTAGE)
    record_property("answers", {name: n for name, n in answered.items() if n})
    record_property("first ack", f"{first - began:.1f} s after the start, {first - returned:.1f} s after all answer")
    record_property("most memory, MiB", server.most_memory >> 20)
