"""Landing from a Kafka over TLS, mTLS and SASL/SCRAM: what is right lands, what is wrong is refused with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from keystone_nexus.events.client import send
from tests.conftest import keystone
from tests.order_events import placed
from tests.reliability.lakes import bronze_ids, check_landed, land, leftovers
from tests.reliability.processes import IngestServer
from tests.reliability.secured_kafka import PASSWORD, USER, Pki, SecuredKafka
from tests.reliability.topics import create, event_ids, put

pytestmark = pytest.mark.reliability
TOPIC = "secured"


@dataclass(frozen=True)
class Way:
    """A listener, and the properties of a client that has what it asks for."""

    brokers: str
    properties: dict[str, str]


@pytest.fixture(scope="module")
def secured(own_ports: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    found = SecuredKafka(tmp_path_factory.mktemp("secured"))
    yield found
    found.stop()


@pytest.fixture(scope="module")
def ways(secured: SecuredKafka) -> dict[str, Way]:
    certificate, key = secured.pki.signed("client")
    tls = {"security.protocol": "ssl", "ssl.ca.location": str(secured.pki.ca)}
    own = {"ssl.certificate.location": str(certificate), "ssl.key.location": str(key)}
    login = {"sasl.mechanism": "SCRAM-SHA-512", "sasl.username": USER, "sasl.password": PASSWORD}
    return {
        "tls": Way(secured.tls, tls),
        "mtls": Way(secured.mtls, tls | own),
        "scram": Way(secured.scram, tls | login | {"security.protocol": "sasl_ssl"}),
    }


@pytest.fixture(scope="module")
def other_ca(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(Pki(tmp_path_factory.mktemp("other") / "pki").ca)


def config(folder: Path, properties: dict[str, str]) -> str:
    path = folder / "kafka.properties"
    path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
    return str(path)


@pytest.mark.parametrize("name", ["tls", "mtls", "scram"])
def test_a_secured_kafka_lands(
    secured: SecuredKafka, ways: dict[str, Way], lake: Path, tmp_path: Path, name: str
) -> None:
    way, topic = ways[name], f"landed-by-{name}"
    create(secured.plain, topic)
    put(secured.plain, topic, [placed(f"{name}{n}", items=[("p1", "s1", 100)]) for n in range(50)])
    done = land(lake, way.brokers, topic, KEYSTONE_KAFKA_CONFIG=config(tmp_path, way.properties))
    assert done.returncode == 0, done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    check_landed(lake, event_ids(secured.plain, topic))
    assert bronze_ids(lake).total() == 50


WRONG = {
    "wrong CA": ("tls", {"ssl.ca.location": "OTHER"}, "certificate verify failed"),
    "no client certificate": ("mtls", {"ssl.certificate.location": "", "ssl.key.location": ""}, "certificate"),
    "wrong password": ("scram", {"sasl.password": "wrong-but-secret"}, "uthentication"),
    "wrong user": ("scram", {"sasl.username": "nobody"}, "uthentication"),
}
UNANSWERED = {
    "plaintext on a TLS port": ("tls", {"security.protocol": "plaintext"}, "does not answer"),
    "TLS on a plaintext port": ("plain", {}, "SSL"),
}
"""What looks like a broker that is away: tried again for a while, so asked by the command that asks once."""


@pytest.mark.parametrize("wrong", [*WRONG, *UNANSWERED])
def test_what_is_wrong_is_refused_with_its_reason(
    secured: SecuredKafka, ways: dict[str, Way], lake: Path, tmp_path: Path, other_ca: str, wrong: str
) -> None:
    listener, changed, reason = (WRONG | UNANSWERED)[wrong]
    way = ways.get(listener) or Way(secured.plain, ways["tls"].properties)
    properties = way.properties | {name: value.replace("OTHER", other_ca) for name, value in changed.items()}
    given = config(tmp_path, {name: value for name, value in properties.items() if value})
    env = {"KEYSTONE_KAFKA_BROKERS": way.brokers, "KEYSTONE_KAFKA_TOPIC": TOPIC, "KEYSTONE_KAFKA_CONFIG": given}
    done = keystone(lake, "stream", "land" if wrong in WRONG else "status", env=env)
    said = done.stdout + done.stderr
    assert done.returncode == (2 if wrong in WRONG else 3), said
    assert reason in done.stderr.splitlines()[-1], said
    assert way.brokers in done.stderr
    assert "Traceback" not in said
    assert PASSWORD not in said
    assert "secret" not in said
    assert bronze_ids(lake).total() == 0
    assert leftovers(lake) == []


def test_the_server_writes_by_scram(
    secured: SecuredKafka, ways: dict[str, Way], serve: Callable[..., IngestServer], lake: Path, tmp_path: Path
) -> None:
    way = ways["scram"]
    given = config(tmp_path, way.properties)
    server = serve(way.brokers, "served-by-scram", env={"KEYSTONE_KAFKA_CONFIG": given})
    assert send([placed("o1", items=[("p1", "s1", 100)]).SerializeToString()], server.address).acknowledged == 1
    assert land(lake, way.brokers, server.topic, KEYSTONE_KAFKA_CONFIG=given).returncode == 0
    check_landed(lake, event_ids(secured.plain, server.topic))
    assert server.stop() == 0
    assert PASSWORD not in (tmp_path / "server.log").read_text()
