"""Where Kafka is and how to speak to it: one set of environment variables for a local, a secured or a managed cluster."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from keystone_nexus.events.secret_properties import properties_of_secret
from keystone_nexus.lake.errors import Refused

TOPIC = "keystone.order-events.v1"
ADDRESS = "127.0.0.1:50051"
MOST_CONFIG_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """`properties` are librdkafka's, of KEYSTONE_KAFKA_SECRET and KEYSTONE_KAFKA_CONFIG (TLS, SASL): never printed, they hold secrets.

    `plain` declares the topic neither compacted nor written in transactions: then a range has as many records as
    offsets, and one less is a loss. `max_events` bounds what one range lands.
    """

    brokers: str
    topic: str = TOPIC
    plain: bool = False
    max_events: int = 200_000
    properties: dict[str, str] = field(default_factory=dict[str, str], repr=False)

    def client(self, **more: object) -> dict[str, object]:
        """The configuration of a librdkafka client."""
        common = {"bootstrap.servers": self.brokers, "reconnect.backoff.max.ms": 500, "log_level": 0}
        return {**common, **self.properties, **more}


def stream_settings() -> StreamSettings:
    """From the environment. Raises Refused where no broker is named, or the file of properties is none."""
    properties = {
        **properties_of_secret(os.environ.get("KEYSTONE_KAFKA_SECRET")),
        **_properties(os.environ.get("KEYSTONE_KAFKA_CONFIG")),
    }
    brokers = os.environ.get("KEYSTONE_KAFKA_BROKERS") or properties.pop("bootstrap.servers", "")
    if not brokers:
        raise Refused(
            "no Kafka is named: set KEYSTONE_KAFKA_BROKERS to HOST:PORT[,HOST:PORT], "
            "or start a local one with `keystone stream kafka up`"
        )
    return StreamSettings(
        brokers,
        os.environ.get("KEYSTONE_KAFKA_TOPIC") or TOPIC,
        plain=_flag("KEYSTONE_KAFKA_PLAIN_TOPIC"),
        max_events=_count("KEYSTONE_LANDING_EVENTS", 200_000),
        properties=properties,
    )


def configured() -> bool:
    """Whether the environment names a Kafka."""
    return bool(os.environ.get("KEYSTONE_KAFKA_BROKERS") or os.environ.get("KEYSTONE_KAFKA_CONFIG"))


def ingest_address() -> str:
    return os.environ.get("KEYSTONE_INGEST_ADDRESS") or ADDRESS


def _properties(name: str | None) -> dict[str, str]:
    """`key=value` lines; `#` begins a comment. Values are never repeated in an error."""
    if not name:
        return {}
    path = Path(name)
    try:
        if path.stat().st_size > MOST_CONFIG_BYTES:
            raise Refused(f"KEYSTONE_KAFKA_CONFIG={name} is larger than 1 MiB: is it a file of properties?")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"KEYSTONE_KAFKA_CONFIG={name} cannot be read: {error}") from error
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise Refused(f"{name}, line {number}: write key=value, as librdkafka names its properties")
        found[key.strip()] = value.strip()
    return found


def _flag(name: str) -> bool:
    value = (os.environ.get(name) or "false").lower()
    if value not in ("true", "false", "1", "0"):
        raise Refused(f"{name}={value} is neither true nor false")
    return value in ("true", "1")


def _count(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or not 1 <= int(value) <= default:
        raise Refused(f"{name}={value} is out of range: 1 to {default}")
    return int(value)
