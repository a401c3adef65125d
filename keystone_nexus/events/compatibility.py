"""Whether data written with one schema can be read with another (BACKWARD compatibility, as registries call it)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from keystone_nexus.lake.errors import Refused
from keystone_nexus.wire.schema import descriptor

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto


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
    if any("OrderEvent" not in _messages(file) for file in files):
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
