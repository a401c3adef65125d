"""Compiles the text of a proto: people and Glue hold schemas as text, programs compare descriptors."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from keystone_nexus.lake.errors import Refused

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto

PLACE = "keystone/ingest/v1/order_event.proto"
"""The file's name is part of its descriptor, and so of its identity."""
MOST_BYTES = 170_000
"""Glue's limit of a schema's text."""


def compiled(text: str, name: str) -> bytes:
    """The serialized FileDescriptorProto of an order event's proto. Raises Refused with protoc's own words.

    `name` is what the person knows the text by. Derived JSON names are left out, as in the descriptors of generated
    code, so that the identity of our own proto is that of our own code.
    """
    import grpc_tools
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    if len(text.encode()) > MOST_BYTES:
        raise Refused(f"{name} is longer than {MOST_BYTES:,} bytes: no proto of an order event is")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / PLACE
        path.parent.mkdir(parents=True)
        path.write_text(text)
        out = Path(folder) / "descriptors.binpb"
        known = Path(grpc_tools.__file__).parent / "_proto"
        # A process of its own: protoc writes its complaints to the file descriptor of stderr.
        command = [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            f"-I{folder}",
            f"-I{known}",
            f"--descriptor_set_out={out}",
        ]
        done = subprocess.run([*command, PLACE], capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.strip().replace(f"{folder}/", "").replace(f"{PLACE}:", "line ")
            raise Refused(f"{name} is no proto: {said}")
        (file,) = FileDescriptorSet.FromString(out.read_bytes()).file
    _without_json_names(file.message_type)
    return file.SerializeToString(deterministic=True)


def _without_json_names(messages: Iterable[DescriptorProto]) -> None:
    for message in messages:
        for field in message.field:
            field.ClearField("json_name")
        _without_json_names(message.nested_type)
