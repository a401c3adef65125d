"""The sensor tells of a transaction that nobody ends: in its message at each tick, in an alert once."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import dagster as dg
import pytest

from keystone_nexus.events.cluster import Cluster, Watermarks
from keystone_nexus.events.land import land_all
from keystone_nexus.events.schemas import SchemaBook
from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration.stream_ranges import stream_ticked
from tests.order_events import MockKafka, event


def tick(instance: dg.DagsterInstance, cursor: str | None) -> dg.SensorResult:
    with dg.build_sensor_context(instance, cursor=cursor) as context:
        result = stream_ticked(context)
    assert isinstance(result, dg.SensorResult)
    return result


@pytest.mark.parametrize(("open_for", "alerts"), [(5, 0), (600, 1)])
def test_the_sensor_says_what_waits(
    lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook, monkeypatch: pytest.MonkeyPatch,
    open_for: int, alerts: int,
) -> None:  # fmt: skip
    began = int(datetime.now(UTC).timestamp() - open_for) * 1000
    kafka.put_events(*(event("approved", f"o{n}", "2018-01-11 10:00:00") for n in range(5)), at=began)
    monkeypatch.setattr(Cluster, "watermarks", lambda *_: [Watermarks(0, 0, 3, 5), Watermarks(1, 0, 0, 0)])
    land_all(lake, cluster, book)
    monkeypatch.setenv("KEYSTONE_LAKE", str(lake.root))
    monkeypatch.setenv("KEYSTONE_KAFKA_BROKERS", kafka.brokers)
    with dg.DagsterInstance.ephemeral() as instance:
        cursor = None
        for _ in range(2):
            result = tick(instance, cursor)
            assert "partition 0 waits behind an open transaction since" in str(result.skip_reason)
            assert ", 2 records" in str(result.skip_reason)
            cursor = result.cursor
    written = lake.root / "alerts.jsonl"
    told = [json.loads(line)["kind"] for line in written.read_text().splitlines()] if written.exists() else []
    assert told == ["stream_waits"] * alerts
