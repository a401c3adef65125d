"""Schema evolution: what is known lands, what is not waits in quarantine until it is; two registries keep it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from keystone_nexus.events.cluster import Cluster
from keystone_nexus.events.land import land_all
from keystone_nexus.events.poison import replay
from keystone_nexus.events.proto_text import compiled
from keystone_nexus.events.registry import FileRegistry, GlueRegistry, Registry, configured_registry
from keystone_nexus.events.schemas import SchemaBook
from keystone_nexus.lake import ledger
from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.sql import query
from keystone_nexus.lake.store import Folder
from keystone_nexus.transforms.verify import verify
from keystone_nexus.wire.schema import descriptor, own_schema_id, schema_id
from tests.conftest import ROOT
from tests.helpers import files_below
from tests.order_events import MockKafka, placed

PROTO = (ROOT / "protos/keystone/ingest/v1/order_event.proto").read_text()
NEWER = PROTO.replace("message OrderEvent {\n", "message OrderEvent {\n  optional string channel = 30;\n", 1)
OTHER_TYPE = PROTO.replace("string order_id = 3;", "int64 order_id = 3;")
CHANNEL = b"\xf2\x01\x03app"
"""Field 30, `app`: what a client of the newer schema sends and this program does not know."""


@pytest.fixture
def glue(monkeypatch: pytest.MonkeyPatch) -> Iterator[GlueRegistry]:
    """A registry in moto's AWS."""
    import boto3
    from moto import mock_aws

    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", "eu-west-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        boto3.client("glue").create_registry(RegistryName="keystone")
        yield GlueRegistry("keystone", "order-events")


@pytest.fixture(params=["files", "glue"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Registry:
    return request.getfixturevalue("glue") if request.param == "glue" else FileRegistry(Folder(tmp_path))


def test_the_text_of_our_own_proto_has_our_own_identity() -> None:
    assert compiled(PROTO, "order_event.proto") == descriptor()
    assert schema_id(compiled(PROTO, "order_event.proto")) == own_schema_id()


def test_a_registry_keeps_what_is_compatible_and_refuses_what_is_not(registry: Registry) -> None:
    assert registry.get("0" * 32) is None
    identity = registry.register(NEWER, "newer.proto")
    assert identity == schema_id(compiled(NEWER, "newer.proto"))
    assert registry.register(NEWER, "newer.proto") == identity, "a second time it is what it is"
    own = registry.register(PROTO, "order_event.proto")
    assert (own, registry.get(own)) == (own_schema_id(), descriptor())
    with pytest.raises(Refused, match=r"OrderEvent.order_id \(field 3\) has another type"):
        registry.register(OTHER_TYPE, "other.proto")
    with pytest.raises(Refused, match=r'broken.proto is no proto: line 21:3: "strin" is not defined'):
        registry.register(PROTO.replace("string order_id", "strin order_id"), "broken.proto")
    with pytest.raises(Refused, match="it has no message OrderEvent"):
        registry.register('syntax = "proto3"; message Other {}', "other.proto")


def test_what_glue_keeps_another_process_reads(glue: GlueRegistry) -> None:
    identity = glue.register(NEWER, "newer.proto")
    glue.register(PROTO, "order_event.proto")
    reader = GlueRegistry("keystone", "order-events")
    assert reader.get(identity) == compiled(NEWER, "newer.proto")
    assert reader.get(own_schema_id()) == descriptor()
    book = SchemaBook(GlueRegistry("keystone", "order-events"))
    assert (book.broken_rule(identity), book.broken_rule("0" * 32)) == (None, "schema:unknown")


def test_glue_s_faults_are_sentences(glue: GlueRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match=r"registry nowhere: Glue refuses it: .*EntityNotFoundException"):
        GlueRegistry("nowhere", "order-events").register(NEWER, "newer.proto")
    monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(EnvironmentFault, match="reading schema order-events of registry keystone"):
        GlueRegistry("keystone", "order-events").get("0" * 32)


@pytest.mark.parametrize("named", ["glue", "glue:keystone", "glue:a/b/c", "http://registry"])
def test_a_registry_that_is_none_is_refused(named: str, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYSTONE_SCHEMA_REGISTRY", named)
    with pytest.raises(Refused, match="neither `files` nor `glue:REGISTRY/SCHEMA`"):
        configured_registry(lake)


def test_the_environment_names_the_registry(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYSTONE_SCHEMA_REGISTRY", "glue:keystone/order-events")
    assert configured_registry(lake) == GlueRegistry("keystone", "order-events")
    monkeypatch.delenv("KEYSTONE_SCHEMA_REGISTRY")
    assert configured_registry(lake) == FileRegistry(lake.store)


def test_a_newer_schema_that_is_known_lands(lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook) -> None:
    identity = book.registry.register(NEWER, "newer.proto")
    value = placed("o1").SerializeToString() + CHANNEL
    kafka.put([value], schema=identity)
    (entry,) = land_all(lake, cluster, book)
    assert entry.ranges[0].poison == 0
    assert entry.ranges[0].schemas == [identity]
    assert query(lake, "select _value from bronze.order_events").rows == [(value,)], "kept raw, unknown field and all"


def test_what_was_rejected_for_its_schema_is_read_once_it_is_known(
    lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook
) -> None:
    newer = schema_id(compiled(NEWER, "newer.proto"))
    kafka.put([placed("o1").SerializeToString() + CHANNEL, b"junk"], schema=newer)
    kafka.put([placed("o2").SerializeToString()])
    kafka.put([placed("o3").SerializeToString()], schema="0" * 32)
    land_all(lake, cluster, book)
    rejected = "select _source_row, _rules from quarantine.order_events order by 1"
    unknown = ["schema:unknown"]
    assert query(lake, rejected).rows == [(0, unknown), (1, unknown), (3, unknown)]
    assert replay(lake, book, print) is None, "nothing is known that was not known before"

    book.registry.register(NEWER, "newer.proto")
    again = SchemaBook(book.registry)
    entry = replay(lake, again, print)
    assert entry is not None
    (one,) = entry.ranges
    assert (one.first, one.end, one.rows, one.poison, one.made["orders"]) == (0, 4, 1, 0, 1)
    assert query(lake, rejected).rows == [(1, unknown), (3, unknown)]
    assert query(lake, "select count(*) from bronze.order_events").rows == [(4,)], "every record of the topic once"
    assert [b for b in verify(lake) if "order_events" in b] == []
    held = ledger.read(lake)
    assert [int(o.rows) for _, o in held.sources("orders")][-2:] == [4, 1]
    assert replay(lake, again, print) is None
    kafka.put([placed("o4").SerializeToString()])
    (entry,) = land_all(lake, cluster, again)
    assert [(r.first, r.end) for r in entry.ranges] == [(4, 5)], "the landing goes on where it ended"


def test_a_replay_killed_before_or_behind_its_entry_ends_as_if_it_were_not(
    lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keystone_nexus.events import poison

    identity = book.registry.register(NEWER, "newer.proto")
    kafka.put([placed("o1").SerializeToString()], schema=identity)
    with monkeypatch.context() as patched:
        patched.setattr(SchemaBook, "broken_rule", lambda *_: "schema:unknown")
        land_all(lake, cluster, book)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for step in ("append", "restore"):
        with monkeypatch.context() as patched:
            patched.setattr(poison, step, killed)
            with pytest.raises(KeyboardInterrupt):
                replay(lake, book, print)
    assert query(lake, "select count(*) from quarantine.order_events").rows == [(0,)]
    land_all(lake, cluster, book)
    assert not any("order_events" in name for name in files_below(lake.layer("quarantine")))
    assert [b for b in verify(lake) if "order_events" in b] == []
    assert len(ledger.read(lake).replayed) == 1
