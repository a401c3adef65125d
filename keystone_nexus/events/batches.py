"""How events are cut into batches: by count and by bytes, and smaller where the server's bounds turn out to be."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST_EVENTS = 200
MOST_BYTES = 1 << 20
"""Far below the 4 MiB that a server takes by default, so that only its own settings can make a batch too large."""
IN_FLIGHT = 16
"""Batches that wait for an answer."""
TOO_LARGE = re.compile(
    r"larger than max|exceeds maximum|has \d+ bytes; at most \d+|has more than \d+ events", re.IGNORECASE
)
"""What our server and gRPC itself say of a request beyond a bound: sent again as it is, it is refused again."""


@dataclass
class Cut:
    """The bounds of a batch. `careful`: one batch on its way at a time, so that a refusal says which one it was."""

    events: int = MOST_EVENTS
    bytes: int = MOST_BYTES
    careful: bool = False

    @property
    def in_flight(self) -> int:
        return 1 if self.careful else IN_FLIGHT

    def take(self, waiting: deque[int], events: Sequence[bytes], most: int) -> list[int]:
        """The places of the next batch; an event beyond the bound goes alone."""
        places = [waiting.popleft()]
        room = self.bytes - len(events[places[0]])
        while waiting and len(places) < min(self.events, most) and len(events[waiting[0]]) <= room:
            room -= len(events[waiting[0]])
            places.append(waiting.popleft())
        return places

    def smaller(self, places: Sequence[int], events: Sequence[bytes]) -> None:
        """From now on a batch has half of what this one had, which was too large."""
        self.events = max(1, len(places) // 2)
        self.bytes = max(1, sum(len(events[at]) for at in places) // 2)


def is_too_large(error: Any) -> bool:
    """Whether a call failed by its size."""
    import grpc

    by_size = (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.OUT_OF_RANGE)
    return error.code() in by_size and bool(TOO_LARGE.search(error.details() or ""))


def name_of(event: bytes) -> str:
    """An event's id, for people."""
    from google.protobuf.message import DecodeError

    from keystone_nexus.wire.stubs.order_event_pb2 import OrderEvent

    try:
        return OrderEvent.FromString(event).event_id or "an event without an id"
    except DecodeError:
        return "an event that cannot be read"
