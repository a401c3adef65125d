"""Which schemas of order events can be read: a registry of them, and what makes one readable.

The registry is a small protocol with two implementations, files and AWS Glue; both keep a schema's serialized
FileDescriptorProto under an identity, and refuse one that breaks compatibility BACKWARD.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.publish import write_new
from keystone_nexus.wire.schema import descriptor, own_schema_id, schema_id

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

UNKNOWN = "schema:unknown"
INCOMPATIBLE = "schema:incompatible"
MOST_BYTES = 1 << 20


class Registry(Protocol):
    """Where schemas are kept."""

    def get(self, identity: str) -> bytes | None:
        """A serialized FileDescriptorProto, None for an identity that is not kept."""
        ...

    def register(self, serialized: bytes) -> str:
        """Keeps a schema and returns its identity. Raises Refused for one that is not compatible with the newest."""
        ...


@dataclass(frozen=True, slots=True)
class FileRegistry:
    """Schemas as files `<identity>.binpb` of a folder; the identity is `wire.schema.schema_id`."""

    folder: Path

    def get(self, identity: str) -> bytes | None:
        path = self.folder / f"{identity}.binpb"
        if not identity.isalnum() or not path.is_file() or path.stat().st_size > MOST_BYTES:
            return None
        return path.read_bytes()

    def register(self, serialized: bytes) -> str:
        identity = schema_id(serialized)
        if self.get(identity) is None:
            check_backward(serialized)
            self.folder.mkdir(parents=True, exist_ok=True)
            write_new(self.folder / f"{identity}.binpb", serialized)
        return identity


@dataclass
class SchemaBook:
    """Whether events of a schema can be read by this program; asked once per identity."""

    registry: Registry
    _rules: dict[str, str | None] = field(default_factory=dict[str, str | None])

    def broken_rule(self, identity: str | None) -> str | None:
        """None for a schema that can be read, else the rule by which its events are quarantined.

        A record without an identity is taken for one of ours: what it is shows when it is decoded.
        """
        if identity is None or identity == own_schema_id():
            return None
        if identity not in self._rules:
            serialized = self.registry.get(identity)
            if serialized is None:
                self._rules[identity] = UNKNOWN
            else:
                self._rules[identity] = INCOMPATIBLE if incompatibilities(serialized, descriptor()) else None
        return self._rules[identity]


def check_backward(serialized: bytes) -> None:
    """Raises Refused for a schema that cannot read what was written with ours, by field."""
    found = incompatibilities(descriptor(), serialized)
    if found:
        raise Refused(f"the schema is not BACKWARD compatible: {'; '.join(found)}")


def incompatibilities(written: bytes, read: bytes) -> list[str]:
    """Why data written with one schema cannot be read with another: fields whose number has another type or label.

    Fields and messages that only one of the two has do no harm: proto3 skips or leaves them out.
    """
    from google.protobuf.descriptor_pb2 import FileDescriptorProto
    from google.protobuf.message import DecodeError

    files: list[FileDescriptorProto] = []
    for serialized in (written, read):
        try:
            files.append(FileDescriptorProto.FromString(serialized))
        except DecodeError:
            return ["it is no FileDescriptorProto"]
    readers = _messages(files[1])
    found: list[str] = []
    for name, message in _messages(files[0]).items():
        if name in readers:
            found += _differences(name, message, readers[name])
    if "OrderEvent" not in _messages(files[0]):
        found.append("it has no message OrderEvent")
    return found


def _messages(file: FileDescriptorProto) -> dict[str, DescriptorProto]:
    return {message.name: message for message in file.message_type}


def _differences(name: str, written: DescriptorProto, read: DescriptorProto) -> Iterator[str]:
    fields = {one.number: one for one in read.field}
    for one in written.field:
        other = fields.get(one.number)
        if other is not None and _wire(one) != _wire(other):
            yield f"{name}.{one.name} (field {one.number}) has another type or label"


def _wire(one: FieldDescriptorProto) -> tuple[int, int, str]:
    return one.type, one.label, one.type_name
