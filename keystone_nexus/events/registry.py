"""Where schemas of order events are kept: files of the lake by default, or AWS Glue Schema Registry."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from keystone_nexus.events.compatibility import check_backward
from keystone_nexus.events.proto_text import compiled
from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.store import Store
from keystone_nexus.wire.schema import schema_id

MOST_BYTES = 1 << 20


class Registry(Protocol):
    """Keeps schemas under their identities (`wire.schema.schema_id`)."""

    def get(self, identity: str) -> bytes | None:
        """A serialized FileDescriptorProto, None for an identity that is not kept."""
        ...

    def register(self, text: str, name: str) -> str:
        """Keeps a proto and returns its identity. Raises Refused where it cannot read what was written with ours."""
        ...


@dataclass(frozen=True, slots=True)
class FileRegistry:
    """Schemas as objects below a folder of a lake: `<identity>.binpb`, and `<identity>.proto` for people."""

    store: Store
    folder: str = "bronze/_schemas"

    def get(self, identity: str) -> bytes | None:
        key = f"{self.folder}/{identity}.binpb"
        if not identity.isalnum() or not self.store.exists(key):
            return None
        path = self.store.file(key)
        return path.read_bytes() if path.stat().st_size <= MOST_BYTES else None

    def register(self, text: str, name: str) -> str:
        identity, serialized = _checked(text, name)
        self.store.put_new(f"{self.folder}/{identity}.proto", text.encode())
        self.store.put_new(f"{self.folder}/{identity}.binpb", serialized)
        return identity


@dataclass
class GlueRegistry:
    """Schemas as versions of one schema in AWS Glue, compatibility BACKWARD.

    Glue keeps protos as text and numbers versions itself; the identity is computed from the text, so that what a
    record's header says is the same whatever the registry.
    """

    registry: str
    schema: str
    _kept: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def get(self, identity: str) -> bytes | None:
        if not self._kept:
            with _glue(f"reading schema {self.schema} of registry {self.registry}"):
                self._kept = {schema_id(one): one for one in self._versions()}
        return self._kept.get(identity)

    def register(self, text: str, name: str) -> str:
        identity, serialized = _checked(text, name)
        with _glue(f"registering a version of schema {self.schema} in registry {self.registry}"):
            if self._latest() is None:
                self._client.create_schema(
                    RegistryId={"RegistryName": self.registry}, SchemaName=self.schema, DataFormat="PROTOBUF",
                    Compatibility="BACKWARD", SchemaDefinition=text,
                )  # fmt: skip
            else:
                made = self._client.register_schema_version(SchemaId=self._id, SchemaDefinition=text)
                if made["Status"] == "FAILURE":
                    raise Refused(
                        f"Glue refused {name}: not BACKWARD compatible with version {made['VersionNumber'] - 1}"
                    )
        self._kept[identity] = serialized
        return identity

    @cached_property
    def _client(self) -> Any:
        import boto3

        return boto3.client("glue")

    @property
    def _id(self) -> dict[str, str]:
        return {"RegistryName": self.registry, "SchemaName": self.schema}

    def _latest(self) -> int | None:
        try:
            return self._client.get_schema(SchemaId=self._id)["LatestSchemaVersion"]
        except self._client.exceptions.EntityNotFoundException:
            return None

    def _versions(self) -> Iterator[bytes]:
        """What can be had, newest first: numbers of deleted versions stay empty, refused versions count for nothing."""
        for number in range(self._latest() or 0, 0, -1):
            try:
                found = self._client.get_schema_version(
                    SchemaId=self._id, SchemaVersionNumber={"VersionNumber": number}
                )
            except self._client.exceptions.EntityNotFoundException:
                continue
            if found["Status"] == "AVAILABLE":
                yield compiled(found["SchemaDefinition"], f"version {number} of {self.registry}/{self.schema}")


def configured_registry(lake: Lake) -> Registry:
    """KEYSTONE_SCHEMA_REGISTRY: `files` (default), or `glue:REGISTRY/SCHEMA`. Raises Refused for anything else."""
    named = os.environ.get("KEYSTONE_SCHEMA_REGISTRY") or "files"
    if named == "files":
        return FileRegistry(lake.store)
    kind, _, place = named.partition(":")
    registry, _, schema = place.partition("/")
    if kind != "glue" or not registry or not schema or "/" in schema:
        raise Refused(f"KEYSTONE_SCHEMA_REGISTRY={named} is neither `files` nor `glue:REGISTRY/SCHEMA`")
    return GlueRegistry(registry, schema)


def _checked(text: str, name: str) -> tuple[str, bytes]:
    serialized = compiled(text, name)
    check_backward(serialized)
    return schema_id(serialized), serialized


@contextmanager
def _glue(doing: str) -> Iterator[None]:
    """AWS's faults as sentences: a registry that is not there is a mistake, the rest may pass."""
    from keystone_nexus.lake import aws

    try:
        yield
    except aws.FAULTS as error:
        if aws.code(error) in ("EntityNotFoundException", "InvalidInputException"):
            raise Refused(f"{doing}: Glue refuses it: {error}") from error
        raise (aws.of_error(error, doing) or EnvironmentFault(f"{doing}: {error}")) from error
