"""Order events from bytes to columns, many at a time; a message that is none is found and named, not fatal.

Decoding is columnar (protobuf straight to Arrow). It fails as a whole where one message is broken, so the broken
ones are found by halving: a poison record costs a few more decodings of its neighbours and no loop over rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from operator import itemgetter
from typing import Any

import polars as pl
import pyarrow as pa

from keystone_nexus.wire.vocabulary import EMPTY, TYPES

MAX_ITEMS = 1 << 14
"""Items that one event may bring: what a row's version has room for."""
UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"


@cache
def handler() -> Any:
    import ptars

    from keystone_nexus.wire.stubs import order_event_pb2

    pool = ptars.HandlerPool(
        [order_event_pb2.DESCRIPTOR], config=ptars.PtarsConfig(timestamp_tz=None, timestamp_unit="us")
    )
    return pool.get_for_message(order_event_pb2.OrderEvent.DESCRIPTOR)


def decode(values: Sequence[bytes | None]) -> tuple[pl.DataFrame, list[int]]:
    """The events of messages that can be decoded, with `_at` (their index), and the indexes of those that cannot.

    The columns are the proto's fields: times are timestamps without zone, messages are structs, an absent message
    or optional field is null. A null value (a tombstone) is no event.
    """
    broken = [at for at, value in enumerate(values) if value is None] if None in values else []
    batches: list[tuple[int, pa.RecordBatch]] = []
    # A span between two nulls is decoded at once; spans that fail are halved until the culprit stands alone.
    edges = [-1, *broken, len(values)]
    spans = [(a + 1, b) for a, b in pairwise(edges) if a + 1 < b]
    while spans:
        first, end = spans.pop()
        try:
            batches.append((first, handler().list_to_record_batch(values[first:end])))
        except ValueError:
            if end - first == 1:
                broken.append(first)
            else:
                middle = (first + end) // 2
                spans += [(first, middle), (middle, end)]
    batches.sort(key=itemgetter(0))
    frames = [_frame(batch, first) for first, batch in batches]
    return pl.concat(frames) if frames else _frame(handler().list_to_record_batch([]), 0), sorted(broken)


def _frame(batch: pa.RecordBatch, first: int) -> pl.DataFrame:
    # A message without fields is a struct without fields, of which Polars keeps no nulls: whether it is there is all.
    for number, field in enumerate(batch.schema):
        if pa.types.is_struct(field.type) and field.type.num_fields == 0:
            batch = batch.set_column(number, field.name, batch.column(number).is_valid())
    frame = pl.DataFrame(pl.from_arrow(batch))
    return frame.with_columns(_at=pl.int_range(first, first + frame.height, dtype=pl.Int64))


def event_type() -> pl.Expr:
    """The event's type, null where `details` is unset or of a kind that this program does not know."""
    kind = pl.lit(None, pl.String)
    for name in reversed(TYPES):
        present = pl.col(name) if name in EMPTY else pl.col(name).is_not_null()
        kind = pl.when(present).then(pl.lit(name)).otherwise(kind)
    return kind


def broken_rules() -> pl.Expr:
    """What makes a decoded message no order event: a list of names, empty for a sound one.

    Only what the lake cannot do without: the server's rules are stricter, and the contracts judge the content.
    """
    items = pl.col("placed").struct.field("items").list.len()
    rules = {
        "required:event_id": pl.col("event_id") == "",
        "format:event_id": (pl.col("event_id") != "") & ~pl.col("event_id").str.contains(UUID),
        "required:event_time": pl.col("event_time").is_null(),
        "type:event_time": ~_readable("event_time"),
        "required:order_id": pl.col("order_id").str.strip_chars() == "",
        "required:order_purchase_time": pl.col("order_purchase_time").is_null(),
        "type:order_purchase_time": ~_readable("order_purchase_time"),
        "domain:details": event_type().is_null(),
        "range:placed.items": items > MAX_ITEMS,
    }
    broken = [pl.when(condition).then(pl.lit(name)) for name, condition in rules.items()]
    return pl.concat_list(broken).list.drop_nulls()


def _readable(column: str) -> pl.Expr:
    """Whether a time is one that the proto allows: in the years 1 to 9999."""
    return pl.col(column).is_between(pl.datetime(1, 1, 1), pl.datetime(9999, 12, 31, 23, 59, 59))
