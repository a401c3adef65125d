"""The identity of an event's schema: what the header `keystone-schema-id` of a Kafka record says."""

from __future__ import annotations

import hashlib
from functools import cache

HEADER = "keystone-schema-id"


def descriptor() -> bytes:
    """The serialized FileDescriptorProto of `order_event.proto` as this program was built with it."""
    from keystone_nexus.wire.stubs import order_event_pb2

    return order_event_pb2.DESCRIPTOR.serialized_pb


@cache
def own_schema_id() -> str:
    """The schema that this program reads and writes."""
    return schema_id(descriptor())


def schema_id(serialized: bytes) -> str:
    """The first 32 hexadecimal digits of the SHA-256 of a serialized FileDescriptorProto.

    The server (C++) computes the same from its own descriptor; comments and whitespace of the proto do not count.
    """
    return hashlib.sha256(serialized).hexdigest()[:32]
