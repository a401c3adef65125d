"""Local Kafkas of one user, beside each other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToJson

from tests.conftest import keystone
from tests.order_events import placed
from tests.reliability.processes import IngestServer

pytestmark = pytest.mark.reliability


def test_two_kafkas_that_start_at_once_are_two_and_one_may_go(
    serve: Callable[..., IngestServer], tmp_path: Path
) -> None:
    """The other goes on; a server whose Kafka is gone says so, and its client gives up with exit 3."""
    homes = [tmp_path / "one", tmp_path / "two"]
    with ThreadPoolExecutor(2) as at_once:
        started = list(at_once.map(lambda home: keystone(home, "stream", "kafka", "up"), homes))
    try:
        assert [done.returncode for done in started] == [0, 0], [done.stderr for done in started]
        one, two = (done.stdout.strip() for done in started)
        assert one != two
        server = serve(one, "lonely")
        assert keystone(homes[0], "stream", "kafka", "down").returncode == 0
        event = MessageToJson(placed("o1"), indent=None)
        away = keystone(tmp_path, "stream", "send", event, "--to", server.address)
        assert away.returncode == 3
        assert f"the server at {server.address} takes no event: " in away.stderr
        asked = {"KEYSTONE_KAFKA_BROKERS": two, "KEYSTONE_KAFKA_TOPIC": "nothing"}
        assert keystone(tmp_path, "stream", "status", env=asked).returncode == 2, "it answers"
    finally:
        for home in homes:
            keystone(home, "stream", "kafka", "down")
