"""Landing: every record once, whatever happens, and loud where history is not what the ledger says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keystone_nexus.events import land as landing
from keystone_nexus.events.cluster import Cluster, Topic, Watermarks
from keystone_nexus.events.lag import lags
from keystone_nexus.events.land import land_all, land_ranges, resume
from keystone_nexus.events.plan import Wanted, plan
from keystone_nexus.events.records import Batch, decoded
from keystone_nexus.events.schemas import SchemaBook
from keystone_nexus.events.settings import StreamSettings, stream_settings
from keystone_nexus.lake import ledger
from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import Entry, OffsetRange
from keystone_nexus.lake.sql import query
from keystone_nexus.transforms.verify import verify
from keystone_nexus.wire.schema import own_schema_id
from keystone_nexus.wire.stubs import order_event_pb2 as pb
from tests.helpers import files_below
from tests.order_events import TOPIC, MockKafka, event, placed


def approvals(count: int, first: int = 0) -> list[pb.OrderEvent]:
    return [event("approved", f"o{n}", "2018-01-11 10:00:00") for n in range(first, first + count)]


def landed(lake: Lake) -> list[tuple[object, ...]]:
    return query(lake, "select order_id, _source_row from bronze.order_events order by _source_object, 2").rows


def test_every_record_lands_once_and_a_second_landing_finds_nothing(
    lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook
) -> None:
    kafka.put_events(*approvals(5))
    kafka.put_events(*approvals(2, 5), partition=1)
    (entry,) = land_all(lake, cluster, book)
    assert [(one.partition, one.first, one.end, one.rows) for one in entry.ranges] == [(0, 0, 5, 5), (1, 0, 2, 2)]
    assert entry.ranges[0].made == {
        "orders": 5, "order_items": 0, "order_payments": 0, "order_reviews": 0, "customers": 0,
    }  # fmt: skip
    assert entry.ranges[0].schemas == [own_schema_id()]
    assert landed(lake) == [("o0", 0), ("o1", 1), ("o2", 2), ("o3", 3), ("o4", 4), ("o5", 0), ("o6", 1)]
    before = files_below(lake.layer("bronze"))
    assert land_all(lake, cluster, book) == []
    assert files_below(lake.layer("bronze")) == before


def test_ranges_are_bounded(lake: Lake, kafka: MockKafka, book: SchemaBook) -> None:
    kafka.put_events(*approvals(25))
    entries = land_all(lake, Cluster(StreamSettings(kafka.brokers, plain=True, max_events=10)), book)
    assert [(r.first, r.end) for e in entries for r in e.ranges] == [(0, 10), (10, 20), (20, 25)]


def test_poison_is_quarantined_whole_with_its_reason(
    lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook
) -> None:
    good = event("approved", "o1", "2018-01-11 10:00:00").SerializeToString()
    no_id = event("approved", "o1", "2018-01-11 10:00:00")
    no_id.event_id = ""
    kafka.put([good, b"junk", no_id.SerializeToString(), None])
    kafka.put([good], schema="0123456789abcdef0123456789abcdef")
    (entry,) = land_all(lake, cluster, book)
    assert (entry.ranges[0].rows, entry.ranges[0].poison) == (5, 4)
    found = query(lake, "select _source_row, _rules, _value from quarantine.order_events order by 1").rows
    assert found == [
        (1, ["proto:malformed"], b"junk"),
        (2, ["required:event_id"], no_id.SerializeToString()),
        (3, ["proto:malformed"], None),
        (4, ["schema:unknown"], good),
    ]
    assert query(lake, "select count(*) from bronze.order_events").rows == [(5,)]
    assert [b for b in verify(lake) if "order_events" in b] == []
    (lake.root / "quarantine" / entry.ranges[0].object.removeprefix("bronze/")).unlink()  # type: ignore[union-attr]
    assert any("is missing, with 4 rejected records" in b for b in verify(lake))
    land_all(lake, cluster, book)
    assert [b for b in verify(lake) if "order_events" in b] == []


def test_a_landing_killed_before_its_entry_is_taken_up(
    lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka.put_events(*approvals(3))

    def killed(*_: object) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(landing, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            land_all(lake, cluster, book)
    (orphan,) = (lake.layer("bronze") / "order_events").rglob("*.parquet")
    written = orphan.stat().st_mtime_ns
    assert landed(lake) == []
    kafka.put_events(*approvals(4, 3))
    entries = land_all(lake, cluster, book)
    assert [(r.first, r.end, r.rows) for e in entries for r in e.ranges] == [(0, 3, 3), (3, 7, 4)]
    assert orphan.stat().st_mtime_ns == written, "never overwritten"
    assert len(landed(lake)) == 7
    assert [b for b in verify(lake) if "order_events" in b] == []


def test_of_two_racing_landers_the_second_one_s_range_is_void(
    lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook
) -> None:
    kafka.put_events(*approvals(5))
    kafka.put([b"junk"])
    topic = cluster.topic()
    land_ranges(lake, cluster, topic, [Wanted(0, 0, 4)], book, print)
    land_ranges(lake, cluster, topic, [Wanted(0, 0, 6)], book, print)
    assert len(landed(lake)) == 4, "the second one began where the first one had begun"
    assert [b for b in verify(lake) if "order_events" in b] == [], "what is void has no quarantine"
    (entry,) = land_all(lake, cluster, book)
    assert [(one.first, one.end) for one in entry.ranges] == [(4, 6)]
    assert [row[1] for row in landed(lake)] == list(range(6))
    assert [b for b in verify(lake) if "order_events" in b] == []


def test_a_record_s_time_that_cannot_be_true_is_none(book: SchemaBook) -> None:
    now_ms = 1_700_000_000_000
    odd = [now_ms // 1000, now_ms * 1000, now_ms * 1_000_000, 0, -1, -now_ms, 2**63 - 1, -(2**63), now_ms * 3, None]
    value = event("approved", "o1", "2018-01-11 10:00:00").SerializeToString()
    times = [now_ms, *odd]
    batch = Batch(range(len(times)), [value] * len(times), [None] * len(times), [None] * len(times), times)
    rows, tally = decoded(batch, book)
    assert rows["_produced_at"].to_list() == [datetime(2023, 11, 14, 22, 13, 20), *[None] * len(odd)]
    assert (tally.rows, tally.poison) == (len(times), 0)


@pytest.mark.parametrize("milliseconds", [1_700_000_000, 1_700_000_000_000_000, 1_700_000_000_000_000_000])
def test_a_time_in_another_unit_makes_no_lag_absurd_and_is_landed(
    lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook, milliseconds: int
) -> None:
    kafka.put_events(*approvals(2), at=milliseconds)
    lag = lags(ledger.read(lake), cluster)[0]
    assert (lag.events, lag.seconds) == (2, None)
    land_all(lake, cluster, book)
    assert query(lake, "select _produced_at from bronze.order_events").rows == [(None,), (None,)]
    lag = lags(ledger.read(lake), cluster)[0]
    assert (lag.events, lag.seconds, lag.waiting, lag.stall) == (0, 0.0, 0, None)


def test_what_waits_behind_an_open_transaction_is_lag_and_is_told(
    lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mock cluster has no last stable offset of its own: it is said to be 3 of 5."""
    kafka.put_events(*approvals(5), at=int(datetime.now(UTC).timestamp() - 90) * 1000)
    waiting = [Watermarks(0, 0, 3, 5), Watermarks(1, 0, 0, 0)]
    monkeypatch.setattr(Cluster, "watermarks", lambda *_: waiting)
    told: list[str] = []
    land_all(lake, cluster, book, told.append)
    assert "partition 0 waits behind an open transaction since" in told[-1]
    assert ", 2 records" in told[-1]
    first, second = lags(ledger.read(lake), cluster)
    assert (first.high, first.stable, first.landed, first.events, first.waiting) == (5, 3, 3, 2, 2)
    assert first.seconds == first.waiting_seconds
    assert 90 <= (first.seconds or 0) < 150
    assert (second.events, second.stall) == (0, None)


@pytest.mark.parametrize(("low", "high", "behind"), [(0, 3, 0), (8, 12, 4)], ids=["shrunk", "overtaken"])
def test_lost_history_makes_no_lag_below_nothing(
    lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook, monkeypatch: pytest.MonkeyPatch,
    low: int, high: int, behind: int,
) -> None:  # fmt: skip
    kafka.put_events(*approvals(5))
    land_all(lake, cluster, book)
    monkeypatch.setattr(Cluster, "watermarks", lambda *_: [Watermarks(0, low, high)])
    assert lags(ledger.read(lake), cluster)[0].events == behind


HERE = Topic("cluster", TOPIC, "id1", (0,))


def book_of(*ranges: tuple[int, int], topic_id: str = "id1") -> ledger.Ledger:
    made = [
        OffsetRange("cluster", TOPIC, topic_id, 0, first, end, "x", "y", end - first, 0, {}, None, None)
        for first, end in ranges
    ]
    return ledger.Ledger([Entry(n, "2026-01-01T00:00:00Z", "kafka", [], [one]) for n, one in enumerate(made, 1)])


@pytest.mark.parametrize(
    ("held", "mark", "why"),
    [
        (book_of((0, 10)), Watermarks(0, 12, 20), "offsets 10 to 11 are gone (retention overtook the landing)"),
        (book_of((0, 10)), Watermarks(0, 0, 5), "10 offsets are landed, but the topic ends at 5"),
        (book_of((0, 10), topic_id="id0"), Watermarks(0, 0, 5), "was recreated"),
    ],
)
def test_history_that_is_not_the_ledger_s_is_refused(held: ledger.Ledger, mark: Watermarks, why: str) -> None:
    with pytest.raises(Refused, match="Nothing was landed") as told:
        plan(held, HERE, [mark], 100)
    assert why in str(told.value)
    assert "keystone stream resume" in str(told.value)


def test_resume_goes_on_behind_what_was_lost(
    lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka.put_events(*approvals(6))
    land_ranges(lake, cluster, cluster.topic(), [Wanted(0, 0, 2)], book, print)
    assert resume(lake, cluster) == [], "nothing is lost"
    with monkeypatch.context() as patched:
        patched.setattr(Cluster, "watermarks", lambda *_: [Watermarks(0, 4, 6)])
        with pytest.raises(Refused, match="offsets 2 to 3 are gone"):
            land_all(lake, cluster, book)
        assert [why for _, why in resume(lake, cluster)] == ["offsets 2 to 3 are lost"]
        land_all(lake, cluster, book)
    assert [row[1] for row in landed(lake)] == [0, 1, 4, 5]
    assert [b for b in verify(lake) if "order_events" in b] == []


def test_a_missing_topic_and_a_silent_cluster_are_told_apart(lake: Lake, kafka: MockKafka, book: SchemaBook) -> None:
    away = Cluster(StreamSettings("127.0.0.1:1", TOPIC, properties={"socket.timeout.ms": "500"}))
    with pytest.raises(EnvironmentFault, match="does not answer"):
        land_all(lake, away, book)


def test_settings_name_their_mistakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BROKERS", "CONFIG", "TOPIC"):
        monkeypatch.delenv(f"KEYSTONE_KAFKA_{name}", raising=False)
    with pytest.raises(Refused, match="set KEYSTONE_KAFKA_BROKERS"):
        stream_settings()
    file = tmp_path / "kafka.properties"
    file.write_text("# secured\nbootstrap.servers=broker:9093\nsasl.password = very=secret\n")
    monkeypatch.setenv("KEYSTONE_KAFKA_CONFIG", str(file))
    found = stream_settings()
    assert (found.brokers, found.properties) == ("broker:9093", {"sasl.password": "very=secret"})
    assert "secret" not in repr(found)
    file.write_text("no equals sign: secret")
    with pytest.raises(Refused, match="line 1: write key=value") as told:
        stream_settings()
    assert "secret" not in str(told.value)


def test_the_ledger_s_entry_says_what_was_landed(
    lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook
) -> None:
    kafka.put_events(placed("o1", items=[("p1", "s1", 100)]))
    land_all(lake, cluster, book)
    raw = json.loads((lake.layer("bronze") / "_ledger" / "00000002.json").read_text())
    (one,) = raw["ranges"]
    assert raw["files"] == []
    assert (one["topic"], one["partition"], one["first"], one["end"], one["rows"]) == (TOPIC, 0, 0, 1, 1)
    assert (one["first_day"], one["last_day"]) == ("2018-01-10", "2018-01-10")
    assert one["made"]["order_items"] == 1
    assert (lake.root / one["object"]).is_file()
