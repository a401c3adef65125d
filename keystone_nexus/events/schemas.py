"""Which schemas of order events this program can read, by the identity in a record's header."""

from __future__ import annotations

from dataclasses import dataclass, field

from keystone_nexus.events.compatibility import incompatibilities
from keystone_nexus.events.registry import Registry
from keystone_nexus.wire.schema import descriptor, own_schema_id

UNKNOWN = "schema:unknown"
INCOMPATIBLE = "schema:incompatible"


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
