"""Columns to order events' bytes: the way back of `decode`, for whoever sends what a table holds."""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from keystone_nexus.wire.decode import handler
from keystone_nexus.wire.vocabulary import EMPTY

COMMON = ("event_id", "event_time", "order_id", "order_purchase_time", "order_status")


def encode(kind: str, events: pl.DataFrame) -> list[bytes]:
    """The serialized events of one type: `COMMON` columns, and the message as a struct in a column of the type's name
    (none for a type whose message has no fields)."""
    schema: pa.Schema = handler().schema()
    wanted = list(COMMON) if kind in EMPTY else [*COMMON, kind]
    columns = events.select(wanted).to_arrow()
    arrays: list[pa.Array] = []
    for field in schema:
        if field.name in wanted:
            arrays.append(columns[field.name].combine_chunks().cast(field.type))
        elif field.name == kind:
            arrays.append(pa.array([{}] * events.height, field.type))
        else:
            arrays.append(pa.nulls(events.height, field.type))
    batch = pa.RecordBatch.from_arrays(arrays, schema=pa.schema([f.with_nullable(True) for f in schema]))
    return handler().record_batch_to_array(batch).to_pylist()
