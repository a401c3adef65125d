"""The ids that keystone-loadgen sends, made again: they are a function of its seed (cpp_ingest/loadgen)."""

from __future__ import annotations

WORD = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
NUMBERS_AN_EVENT = 3
"""Two make the event's id, one the order's."""


def stream_ids(seed: int, streams: int, events: int) -> set[str]:
    """The ids of the first `events` events of each stream."""
    return {_event_id(seed + (stream << 32) & WORD, n) for stream in range(streams) for n in range(events)}


def _event_id(state: int, event: int) -> str:
    first = NUMBERS_AN_EVENT * event + 1
    digits = _hex(_split_mix(state + GOLDEN * first)) + _hex(_split_mix(state + GOLDEN * (first + 1)))
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"


def _split_mix(state: int) -> int:
    z = state & WORD
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & WORD
    return z ^ (z >> 31)


def _hex(value: int) -> str:
    """Its digits, the last one first, as the load generator writes them."""
    return f"{value:016x}"[::-1]
