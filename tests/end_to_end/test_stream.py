"""The stream as people run it: server, replay, send, landing, with a real Kafka and the commands of the README."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from keystone_nexus.contracts.catalog import dated_tables, table
from tests.conftest import KEYSTONE, ROOT, keystone, rows
from tests.helpers import files_below
from tests.order_events import event, placed

pytestmark = pytest.mark.server
SERVER = ROOT / "build" / "ingest" / "release" / "keystone-ingest"


class Server:
    """`keystone stream serve` as a process; `address` is what its line says."""

    def __init__(self, folder: Path, env: dict[str, str] | None = None, listen: str = "127.0.0.1:0") -> None:
        command = [*KEYSTONE, "stream", "serve", "--listen", listen]
        self._log = (folder / "server.log").open("a")
        self.process = subprocess.Popen(
            command if env else [*command, "--kafka", "mock"],
            env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, stderr=self._log, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        assert self.line, (folder / "server.log").read_text("utf-8")
        self.address = self.line.split()[3]

    def stop(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        code = self.process.wait(30)
        self._log.close()
        return code


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    assert SERVER.exists(), "run `make ingest`"


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Kafka of one node; its address."""
    home = tmp_path_factory.mktemp("kafka")
    up = keystone(home, "stream", "kafka", "up")
    assert up.returncode == 0, up.stderr
    assert keystone(home, "stream", "kafka", "up").stdout == up.stdout, "a second time it is what it is"
    yield up.stdout.strip()
    assert keystone(home, "stream", "kafka", "down").returncode == 0
    assert "no Kafka runs" in keystone(home, "stream", "kafka", "down").stdout


@pytest.fixture
def server(kafka: str, tmp_path: Path) -> Iterator[Server]:
    found = Server(tmp_path, topic(kafka, "keystone.order-events.v1"))
    yield found
    if found.process.poll() is None:
        found.stop()


@pytest.fixture(scope="module")
def reference_lake(tmp_path_factory: pytest.TempPathFactory, synthetic: Path) -> Path:
    """The synthetic drop's reference data, and the dated tables as headers; do not change it."""
    folder = tmp_path_factory.mktemp("reference")
    drop = folder / "drop"
    shutil.copytree(synthetic, drop)
    for spec in dated_tables():
        (drop / spec.source_file).write_text(",".join(table(spec.name).source_columns) + "\n")
    assert keystone(folder / "lake", "run", "--no-pages", "--source", str(drop)).returncode == 0
    return folder / "lake"


@pytest.fixture(scope="module")
def files_lake(tmp_path_factory: pytest.TempPathFactory, synthetic: Path) -> Path:
    """The synthetic drop, from its files; do not change it."""
    lake = tmp_path_factory.mktemp("files") / "lake"
    assert keystone(lake, "run", "--no-pages", "--source", str(synthetic)).returncode == 0
    return lake


def topic(kafka: str, name: str) -> dict[str, str]:
    return {"KEYSTONE_KAFKA_BROKERS": kafka, "KEYSTONE_KAFKA_TOPIC": name}


def silver(lake: Path, name: str) -> list[dict[str, object]]:
    return rows(lake, f"select * from silver.{name} order by all")


def test_the_stream_alone_gives_the_silver_of_the_files(
    kafka: str, server: Server, synthetic: Path, files_lake: Path, reference_lake: Path, tmp_path: Path
) -> None:
    lake, env = tmp_path / "lake", topic(kafka, "keystone.order-events.v1")
    shutil.copytree(reference_lake, lake)
    replay = ["stream", "replay", "--source", str(synthetic), "--to", server.address, "--json"]
    sent = json.loads(keystone(lake, *replay).stdout)
    assert sent["sent"] == sent["acknowledged"] > 10_000
    assert sent["rejected"] == 0
    before = json.loads(keystone(lake, "stream", "status", "--json", env=env).stdout)
    assert sum(one["events"] for one in before) == sent["sent"]
    done = keystone(lake, "stream", "land", "--no-pages", "--json", env=env)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["landed_events"] == sent["sent"]
    after = json.loads(keystone(lake, "stream", "status", "--json", env=env).stdout)
    assert [(one["landed"], one["events"], one["seconds"]) for one in after] == [(o["high"], 0, 0.0) for o in after]
    for spec in dated_tables():
        assert silver(lake, spec.name) == silver(files_lake, spec.name), spec.name
    assert rows(lake, "select count(*) as n, count(distinct event_id) as ids from bronze.order_events") == [
        {"n": sent["sent"], "ids": sent["sent"]}
    ]
    assert keystone(lake, "verify").returncode == 0

    # A second replay sends the same events: they land, and change nothing.
    files = files_below(lake / "silver" / "orders")
    assert keystone(lake, *replay).returncode == 0
    assert keystone(lake, "stream", "land", "--no-pages", env=env).returncode == 0
    assert files_below(lake / "silver" / "orders") == files
    verified = keystone(lake, "verify")
    assert verified.returncode == 0, verified.stderr

    # One late event rebuilds its day, and its month of gold, alone.
    late = rows(
        lake, "select order_id, order_purchase_timestamp as t from silver.orders where order_status = 'shipped'"
    )[0]
    made = event("delivered", str(late["order_id"]), str(late["t"])[:10] + " 23:59:59", purchased=str(late["t"]))
    (tmp_path / "late.jsonl").write_text(as_json(made) + "\n")
    assert (
        keystone(lake, "stream", "send", "--file", str(tmp_path / "late.jsonl"), "--to", server.address).returncode == 0
    )
    done = keystone(lake, "stream", "land", "--no-pages", "--json", env=env)
    assert json.loads(done.stdout)["days_built"] == 1
    changed = {n for n, b in files_below(lake / "silver" / "orders").items() if files.get(n) != b}
    day = str(late["t"])[:10].split("-")
    assert changed == {f"year={day[0]}/month={day[1]}/day={day[2]}/part-0.parquet"}
    months = json.loads(keystone(lake, "gold", "list", "--json").stdout)[0]["months_rebuilt"]
    assert months == 1
    assert server.stop() == 0


def as_json(made: object) -> str:
    from google.protobuf.json_format import MessageToJson

    return MessageToJson(made, indent=None)  # type: ignore[arg-type]


def test_what_cannot_be_is_rejected_with_its_field(server: Server, tmp_path: Path) -> None:
    odd = placed("o1", items=[("p", "s", -1)])
    good = placed("o2", items=[("p", "s", 1)])
    (tmp_path / "events.jsonl").write_text("\n".join([as_json(odd), as_json(good)]))
    done = keystone(tmp_path, "stream", "send", "--file", str(tmp_path / "events.jsonl"), "--to", server.address)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "sent 2, acknowledged 1, rejected 1\n"
    assert "placed.items[0].price_cents" in done.stderr
    assert keystone(tmp_path, "stream", "send", '{"orderId": 1', "--to", server.address).returncode == 2


def test_a_recreated_topic_is_refused_until_resumed(kafka: str, reference_lake: Path, tmp_path: Path) -> None:
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic

    lake, name = tmp_path / "lake", "recreated"
    shutil.copytree(reference_lake, lake)
    admin = AdminClient({"bootstrap.servers": kafka})
    producer = Producer({"bootstrap.servers": kafka, "enable.idempotence": True})

    def make(orders: list[str]) -> None:
        admin.create_topics([NewTopic(name, 1, 1)])[name].result(20)
        for order in orders:
            producer.produce(name, placed(order).SerializeToString(), order)
        assert producer.flush(20) == 0

    make(["o1", "o2"])
    first = keystone(lake, "stream", "land", "--no-pages", env=topic(kafka, name))
    assert first.returncode == 0, first.stderr
    admin.delete_topics([name])[name].result(20)
    producer = Producer({"bootstrap.servers": kafka, "enable.idempotence": True})
    make(["o3", "o4", "o5"])
    refused = keystone(lake, "stream", "land", "--no-pages", env=topic(kafka, name))
    assert refused.returncode == 2, refused.stderr
    assert "was recreated" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert keystone(lake, "stream", "resume", env=topic(kafka, name)).returncode == 0
    assert keystone(lake, "stream", "land", "--no-pages", env=topic(kafka, name)).returncode == 0
    assert rows(lake, "select order_id from bronze.order_events order by 1") == [
        {"order_id": f"o{n}"} for n in range(1, 6)
    ]
    assert keystone(lake, "verify").returncode == 0


@pytest.mark.long
def test_events_of_a_schema_that_becomes_known_are_replayed(kafka: str, reference_lake: Path, tmp_path: Path) -> None:
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic

    from keystone_nexus.events.proto_text import compiled
    from keystone_nexus.wire.schema import HEADER, schema_id

    lake, env = tmp_path / "lake", topic(kafka, "evolving")
    shutil.copytree(reference_lake, lake)
    proto = (ROOT / "protos/keystone/ingest/v1/order_event.proto").read_text()
    newer = proto.replace("message OrderEvent {\n", "message OrderEvent {\n  optional string channel = 30;\n", 1)
    (tmp_path / "newer.proto").write_text(newer)
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.create_topics([NewTopic("evolving", 1, 1)])["evolving"].result(20)
    producer = Producer({"bootstrap.servers": kafka, "enable.idempotence": True})
    header = [(HEADER, schema_id(compiled(newer, "newer.proto")).encode())]
    producer.produce("evolving", placed("o1").SerializeToString() + b"\xf2\x01\x03app", "o1", headers=header)
    assert producer.flush(20) == 0

    assert keystone(lake, "stream", "land", "--no-pages", env=env).returncode == 0
    (listed,) = [
        r for r in json.loads(keystone(lake, "quarantine", "list", "--json").stdout) if r["rule"] == "schema:unknown"
    ]
    assert (listed["table"], listed["rows"]) == ("order_events", 1)
    assert "schema:unknown" in keystone(lake, "quarantine", "show", "order_events").stdout
    known = keystone(lake, "stream", "schema", str(tmp_path / "newer.proto"))
    assert known.returncode == 0, known.stderr
    done = keystone(lake, "quarantine", "replay", "order_events", "--json")
    assert done.returncode == 0, done.stderr
    assert [r["order_id"] for r in silver(lake, "orders")] == ["o1"]
    assert "no such rows" in keystone(lake, "quarantine", "show", "order_events").stdout
    assert keystone(lake, "verify").returncode == 0
    (tmp_path / "other.proto").write_text(proto.replace("string order_id = 3;", "int64 order_id = 3;"))
    refused = keystone(lake, "stream", "schema", str(tmp_path / "other.proto"))
    assert refused.returncode == 2
    assert "OrderEvent.order_id (field 3) has another type" in refused.stderr


def test_a_topic_that_is_not_there_and_a_kafka_that_is_not_there(kafka: str, files_lake: Path) -> None:
    missing = keystone(files_lake, "stream", "status", env=topic(kafka, "nothing"))
    assert missing.returncode == 2
    assert "there is no topic 'nothing'" in missing.stderr
    away = keystone(files_lake, "stream", "status", env=topic("127.0.0.1:1", "nothing"))
    assert away.returncode == 3
    assert "127.0.0.1:1 does not answer" in away.stderr
    status = keystone(files_lake, "stream", "status", "--json")
    assert (status.returncode, json.loads(status.stdout)) == (0, []), "nothing has landed, and no Kafka is asked"
    assert "no Kafka is named" in status.stderr
    unset = keystone(files_lake, "stream", "land", "--no-pages")
    assert unset.returncode == 0, "without a Kafka there is nothing to land"


def test_the_server_runs_on_an_embedded_kafka(tmp_path: Path) -> None:
    server = Server(tmp_path)
    assert server.line.startswith("keystone-ingest listening on 127.0.0.1:")
    done = keystone(tmp_path, "stream", "send", as_json(placed("o1")), "--to", server.address, "--json")
    assert json.loads(done.stdout) == {"sent": 1, "acknowledged": 1, "rejected": 0}
    assert server.stop() == 0


@pytest.mark.long
def test_a_killed_server_loses_nothing_that_it_acknowledged(
    kafka: str, synthetic: Path, reference_lake: Path, tmp_path: Path
) -> None:
    """The client goes on when the server is back, and an event that it sent twice is in silver once."""
    lake = tmp_path / "lake"
    shutil.copytree(reference_lake, lake)
    env = topic(kafka, "killed")
    server = Server(tmp_path, env)
    client = subprocess.Popen(
        [*KEYSTONE, "stream", "replay", "--source", str(synthetic), "--to", server.address, "--rate", "1200", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    for _ in range(3):
        with pytest.raises(subprocess.TimeoutExpired):
            client.wait(1.5)
        server.stop(signal.SIGKILL)
        server = Server(tmp_path, env, server.address)
    out, err = client.communicate(timeout=120)
    assert client.returncode == 0, err
    sent = json.loads(out)
    assert sent["acknowledged"] == sent["sent"] > 10_000
    server.stop()
    assert keystone(lake, "stream", "land", "--no-pages", env=env).returncode == 0
    counted = rows(lake, "select count(*) as n, count(distinct event_id) as ids from bronze.order_events")[0]
    assert counted["ids"] == sent["sent"]
    assert int(str(counted["n"])) >= sent["sent"]
    assert rows(lake, "select order_id from silver.orders group by 1 having count(*) > 1") == []
    assert keystone(lake, "verify").returncode == 0
