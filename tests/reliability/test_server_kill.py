"""kill -9 of the server under load: what it acknowledged is in the topic, and it is back in a moment."""

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
from tests.reliability.topics import event_ids

pytestmark = pytest.mark.reliability
KILLS = times(3, 50)
STREAMS, RATE, SECONDS = 2, 2000, 3
LOAD = [
    "--mode", "stream", "--streams", str(STREAMS), "--batch", "20", "--rate", str(RATE),
    "--seconds", str(SECONDS), "--deadline", str(PATIENCE), "--resend",
]  # fmt: skip
BACK_WITHIN = 30.0
"""What a busy machine may take; the figure itself is reported."""


def test_a_killed_server_loses_nothing_that_it_acknowledged(
    kafka: Brokers,
    serve: Callable[..., IngestServer],
    lake: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    server = serve(kafka.addresses, "killed-server")
    chance = random.Random(1)
    acknowledged: set[str] = set()
    sent: set[str] = set()
    back: list[float] = []
    for seed in range(1, KILLS + 1):
        load = Load(tmp_path, server.address, seed, *LOAD)
        load.acks.first_after(0, PATIENCE)
        time.sleep(chance.uniform(0.1, 1.5))
        server.kill()
        load.acks.wait_until_quiet()
        began = time.monotonic()
        server.start()
        back.append(load.acks.first_after(began, BACK_WITHIN) - began)
        outcomes = load.finish(2 * PATIENCE)
        assert outcomes.pop("no_answer") == 0
        assert sum(outcomes.values()) == RATE * SECONDS
        acknowledged |= load.acks.ids()
        sent |= stream_ids(seed, STREAMS, RATE * SECONDS // STREAMS)
    assert server.stop() == 0
    assert server.most_memory < MOST_MEMORY

    held = event_ids(kafka.addresses, server.topic)
    assert acknowledged <= set(held)
    assert set(held) <= sent
    land_load(lake, kafka.addresses, server.topic)
    check_landed(lake, held)
    record_property("kills", KILLS)
    record_property("acknowledged / sent", f"{len(acknowledged):,} / {len(sent):,}")
    record_property("twice in the topic", held.total() - len(held))
    record_property("start to first ack, s", f"median {median(back):.2f}, most {max(back):.2f}")
    record_property("most memory, MiB", server.most_memory >> 20)
