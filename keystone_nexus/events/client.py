"""The client of the ingest server: sends serialized events over one stream until each one has its answer.

What the server holds back, could not persist or did not answer is sent again with the same bytes, and so the same
event id; an unreachable server is tried again for a while. Order is kept but for what is sent again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keystone_nexus.lake.errors import EnvironmentFault, Refused

if TYPE_CHECKING:
    import grpc

METHOD = "/keystone.ingest.v1.OrderIngestService/IngestStream"
BATCH = 200
IN_FLIGHT = 16
"""Batches that wait for an answer."""
PATIENCE = 60.0
"""Seconds without an answer after which the server is given up."""
FINAL = ("OUTCOME_INVALID", "OUTCOME_TOO_LARGE")
"""Outcomes that no retry can change."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Files: authorities to trust, and for mTLS the client's certificate and key."""

    ca: Path
    certificate: Path | None = None
    key: Path | None = None


@dataclass
class Sent:
    """What became of the events: `problems` are the first few that were refused, for people."""

    sent: int = 0
    acknowledged: int = 0
    rejected: int = 0
    retried: int = 0
    problems: list[str] = field(default_factory=list[str])


def channel(address: str, tls: Tls | None = None) -> grpc.Channel:
    """A connection. Raises Refused for a certificate that cannot be read."""
    import grpc

    options = [("grpc.max_receive_message_length", 16 << 20), ("grpc.keepalive_time_ms", 20_000)]
    if tls is None:
        return grpc.insecure_channel(address, options)
    try:
        pems = [path.read_bytes() if path else None for path in (tls.ca, tls.key, tls.certificate)]
    except OSError as error:
        raise Refused(f"{error.filename} cannot be read: {error.strerror}") from error
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(*pems), options)


def send(
    events: Sequence[bytes],
    address: str,
    *,
    tls: Tls | None = None,
    rate: float | None = None,
    progress: Callable[[int], None] = lambda _: None,
    patience: float = PATIENCE,
) -> Sent:
    """Sends events, at most `rate` a second.

    Raises EnvironmentFault for a server that stays away, or takes not one event, for `patience` s.
    """
    import grpc

    result = Sent(sent=len(events))
    waiting = deque(range(len(events)))
    pace, stall = _Pace(rate), _Stall(patience)
    while waiting:
        try:
            with channel(address, tls) as connection:
                for places, response in _stream(connection, events, waiting, pace):
                    if _settle(places, response, waiting, result):
                        stall.end()
                    elif stall.too_long():
                        raise EnvironmentFault(
                            f"the server at {address} takes no event: {_why(response) or 'it does not say why'}; run again"
                        )
                    progress(result.acknowledged + result.rejected)
        except grpc.RpcError as error:
            _check(error, address, stall)
        if waiting:
            result.retried += len(waiting)
            if stall.too_long():
                raise EnvironmentFault(f"the server at {address} does not take the events: run again")
            time.sleep(0.2)
    return result


def _check(error: Any, address: str, stall: _Stall) -> None:
    """Raises where another try is of no use, or where there were enough."""
    import grpc

    code, details = error.code(), error.details()
    if code in (grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNAUTHENTICATED):
        raise Refused(f"the server at {address} refuses the call: {code.name}: {details}") from error
    if stall.too_long():
        raise EnvironmentFault(f"the server at {address} does not answer: {code.name}: {details}; run again") from error


class _Stall:
    """How long not one event has got a final answer, counted from the first try without one."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: float | None = None

    def end(self) -> None:
        self._since = None

    def too_long(self) -> bool:
        self._since = self._since or time.monotonic()
        return time.monotonic() - self._since > self._seconds


class _Pace:
    """When the next events may go."""

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._next = time.monotonic()

    def wait(self, events: int) -> None:
        if self._rate:
            time.sleep(max(0.0, self._next - time.monotonic()))
            self._next = max(self._next, time.monotonic() - 1) + events / self._rate

    @property
    def batch(self) -> int:
        """Events to send together: a tenth of a second's, so that a slow pace is even."""
        return max(1, min(BATCH, int(self._rate / 10))) if self._rate else BATCH


def _stream(
    connection: grpc.Channel, events: Sequence[bytes], waiting: deque[int], pace: _Pace
) -> Iterator[tuple[list[int], Any]]:
    """Sends all that waits over one stream, and yields each batch's places with its answer.

    What was sent and not answered when the stream breaks is put back, at the front.
    """
    from keystone_nexus.wire.stubs import order_ingest_service_pb2 as service

    room = threading.Semaphore(IN_FLIGHT)
    in_flight: dict[int, list[int]] = {}
    over = threading.Event()

    def requests() -> Iterator[bytes]:
        sequence = 0
        while waiting and not over.is_set():
            if not room.acquire(timeout=0.5):
                continue
            places = [waiting.popleft() for _ in range(min(pace.batch, len(waiting)))]
            sequence += 1
            in_flight[sequence] = places
            pace.wait(len(places))
            yield _request(sequence, [events[at] for at in places])

    call = connection.stream_stream(METHOD, None, service.IngestStreamResponse.FromString)
    try:
        for response in call(requests()):
            places = in_flight.pop(response.sequence)
            room.release()
            yield places, response
    finally:
        over.set()
        for sequence in sorted(in_flight, reverse=True):
            waiting.extendleft(reversed(in_flight[sequence]))


def _request(sequence: int, events: list[bytes]) -> bytes:
    """A serialized IngestStreamRequest: the events' own bytes, length by length."""
    parts = [b"\x08", _varint(sequence)]
    for event in events:
        parts += (b"\x12", _varint(len(event)), event)
    return b"".join(parts)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _settle(places: list[int], response: Any, waiting: deque[int], result: Sent) -> int:
    """Counts the answers, and puts back what is worth another try. Returns how many answers were final."""
    from keystone_nexus.wire.stubs.order_ingest_service_pb2 import Outcome

    again: list[int] = []
    for at, outcome in zip(places, response.outcomes, strict=True):
        if outcome == Outcome.OUTCOME_ACKNOWLEDGED:
            result.acknowledged += 1
        elif Outcome.Name(outcome) in FINAL:
            result.rejected += 1
        elif outcome == Outcome.OUTCOME_REFUSED:
            told = _why(response) or "the topic is missing or may not be written"
            raise Refused(f"the server cannot take events: {told}")
        else:
            again.append(at)
    for problem in response.problems:
        if problem.violations and len(result.problems) < 10:
            why = "; ".join(f"{v.field}: {v.description}" for v in problem.violations)
            result.problems.append(f"{problem.event_id or 'an event'}: {why}")
    waiting.extend(again)
    if again:
        time.sleep(max([p.retry_after_ms for p in response.problems], default=0) / 1000)
    return len(places) - len(again)


def _why(response: Any) -> str:
    """The server's own sentence about the first event that it did not take, empty where it has none."""
    return next((p.message for p in response.problems if p.message), "")
