"""Which columns hold personal data, and how they leave the lake: as a keyed digest.

Equal values have equal digests, in every relation and every export of one lake, so that masked files can be joined
and counted. The key is the lake's own secret: without it, not even a zip code prefix (one of 100,000) can be found by
trying. Null stays null.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.publish import write_new
from keystone_nexus.wire.vocabulary import EVENTS

KEY = ".masking_key"
DIGITS = 32
RENAMED = {"customer_zip_code_prefix": "zip_code_prefix"}
"""Personal columns that have another name in gold."""


def personal_columns(schema: str, table: str) -> frozenset[str]:
    """The columns of a relation that the contracts mark as personal, and those that repeat such a column's text."""
    if schema == "gold":
        marked = [c.name for spec in tables().values() for c in spec.columns if c.pii]
        return frozenset(RENAMED.get(name, name) for name in marked)
    if table == EVENTS:
        return frozenset({"_value"})
    spec = tables().get(table)
    marked = [name for c in spec.columns if c.pii for name in (c.name, c.source)] if spec else []
    # The text of a record that could not be parsed holds the personal fields as well.
    return frozenset([*marked, "_raw"]) if marked else frozenset()


def unknown_columns(schema: str, table: str, columns: Iterable[str]) -> frozenset[str]:
    """The columns of bronze that no contract knows: nobody has said that they are not personal."""
    spec = tables().get(table)
    if schema != "bronze" or spec is None:
        return frozenset()
    return frozenset(c for c in columns if c not in spec.source_columns and not c.startswith("_"))


def masked(column: str, key: str) -> str:
    """SQL: the digest of a column, already quoted."""
    return f"left(sha256('{key}' || {column}::varchar), {DIGITS})"


def masking_key(lake: Lake) -> str:
    """The lake's secret, made on first use and readable by its owner only."""
    store = lake.store
    if not store.exists(KEY):
        content = secrets.token_hex(32).encode() + b"\n"
        if lake.on_s3:
            store.put_new(KEY, content)
        else:
            write_new(lake.root / KEY, content, secret=True)
    return bytes.fromhex(store.read(KEY).decode("ascii").strip()).hex()
