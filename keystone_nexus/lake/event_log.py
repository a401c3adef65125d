"""The event log of bronze: one immutable object per range of offsets, and the rows that its events make.

Every record of the range is there, as it was in Kafka (`_value`), with the columns that name it (null where it could
not be decoded) and, for poison, why it is none (`_rules`). The name says which offsets of which partition of which
topic of which cluster it holds, so that the same range is the same object, whoever lands it.
"""

from __future__ import annotations

import re

import polars as pl

from keystone_nexus.lake.ledger import OffsetRange
from keystone_nexus.lake.store import Store
from keystone_nexus.wire.decode import decode, event_type
from keystone_nexus.wire.rows import part_bits, rows_of
from keystone_nexus.wire.vocabulary import EVENTS, SOURCES

SCHEMA: dict[str, pl.DataType] = {
    "event_id": pl.String(),
    "event_type": pl.String(),
    "event_time": pl.Datetime("us"),
    "order_id": pl.String(),
    "_value": pl.Binary(),
    "_key": pl.Binary(),
    "_schema": pl.String(),  # identity of the schema it was written with
    "_produced_at": pl.Datetime("ms"),  # the broker's time of the record
    "_source_row": pl.Int64(),  # the offset
    "_rules": pl.List(pl.String()),  # empty for a sound event
}
MAX_OFFSETS = 1 << (32 - part_bits())
"""Offsets of one range: a row's version has 32 bits for its offset and its number within the event."""


def object_key(cluster: str, topic: str, topic_id: str, partition: int, first: int, end: int) -> str:
    """The lake key of a range's object. Topic ids are base64, of which `/` and `+` are no part of a file's name."""
    plain = topic_id.replace("/", "_").replace("+", "-").rstrip("=")
    stream = "/".join(_safe(part) for part in (cluster, f"{topic}@{plain}"))
    return f"bronze/{EVENTS}/{stream}/{partition:05d}-{first:020d}-{end - 1:020d}.parquet"


def replayed_key(object_key: str, entry: int) -> str:
    """Where the poison of a range's object is that could be read when a ledger entry was written."""
    return object_key.replace(f"/{EVENTS}/", f"/{EVENTS}_replayed/", 1).replace(".parquet", f"-{entry:08d}.parquet")


def _safe(text: str) -> str:
    """A name that no cluster or topic can use to leave its folder."""
    return re.sub(r"[^A-Za-z0-9_@.-]", lambda found: f"%{ord(found[0]):02x}", text).replace("..", "%2e%2e")


def quarantine_key(object_key: str) -> str:
    """Where the poison of a range's object is, with its reasons."""
    return "quarantine" + object_key.removeprefix("bronze")


def made_rows(store: Store, one: OffsetRange, table: str, orders: pl.Series | None) -> pl.DataFrame:
    """The rows that a range's sound events make of a table, or of some orders' rows: columns of `wire.rows`."""
    assert one.object is not None
    log = pl.scan_parquet(store.file(one.object), glob=False).filter(
        pl.col("event_type").is_in(SOURCES[table]) & (pl.col("_rules").list.len() == 0)
    )
    if orders is not None:
        log = log.filter(pl.col("order_id").str.strip_chars().is_in(orders.implode()))
    records = log.select("_source_row", "_value").collect()
    events, broken = decode(records["_value"].to_list())
    assert not broken, "a sound event is decoded as it was when it landed"
    return rows_of(
        table, events.with_columns(event_type=event_type(), _offset=records["_source_row"].gather(events["_at"]))
    )
