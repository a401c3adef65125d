"""The client of the ingest server: sends serialized events over one stream until each one has its answer.

What the server holds back, could not persist or did not answer is sent again with the same bytes, and so the same
event id; an unreachable server is tried again for a while. A batch that is too large for the server is cut, and an event
that is too large is rejected by its id. Order is kept but for what is sent again.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keystone_nexus.events.batches import MOST_EVENTS, Cut, is_too_large, name_of
from keystone_nexus.lake.errors import EnvironmentFault, Refused

if TYPE_CHECKING:
    import grpc

METHOD = "/keystone.ingest.v1.OrderIngestService/IngestStream"
PATIENCE = 60.0
"""Seconds without an answer after which the server is given up."""
FINAL = ("OUTCOME_INVALID", "OUTCOME_TOO_LARGE")
"""Outcomes that no retry can change."""
MOST_PROBLEMS = 10
UNTRUSTED = re.compile(r"CERTIFICATE|WRONG_VERSION_NUMBER|not in peer certificate", re.IGNORECASE)
"""What gRPC says of a server whose certificate is not trusted, or that speaks no TLS: no second try changes it."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Files: authorities to trust, and for mTLS the client's certificate and key."""

    ca: Path
    certificate: Path | None = None
    key: Path | None = None


@dataclass
class Sent:
    """What became of the events: `problems` are the first few that were rejected, for people."""

    sent: int = 0
    acknowledged: int = 0
    rejected: int = 0
    retried: int = 0
    problems: list[str] = field(default_factory=list[str])

    def reject(self, name: str, why: str) -> None:
        self.rejected += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(f"{name}: {why}")


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
    _check_tls(tls)
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(*pems), options)


def _check_tls(tls: Tls) -> None:
    """Raises Refused for what is no certificate or no key: gRPC would only find that it cannot connect, again and again."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(tls.ca)
    except ssl.SSLError as error:
        raise Refused(f"--tls-ca {tls.ca} holds no PEM certificate") from error
    if tls.certificate and tls.key:
        try:
            context.load_cert_chain(tls.certificate, tls.key, password=lambda: "")
        except ssl.SSLError as error:
            raise Refused(
                f"--tls-cert {tls.certificate} and --tls-key {tls.key} are no PEM certificate and its unencrypted key"
            ) from error


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
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # what its library writes on stderr, the errors say
    import grpc

    result = Sent(sent=len(events))
    waiting = deque(range(len(events)))
    pace, stall, cut = _Pace(rate), _Stall(patience), Cut()
    while waiting:
        in_flight: dict[int, list[int]] = {}
        try:
            with channel(address, tls) as connection:
                for places, response in _stream(connection, events, waiting, pace, cut, in_flight):
                    cut.careful = False
                    if _settle(places, response, events, waiting, result):
                        stall.end()
                    elif stall.too_long():
                        raise EnvironmentFault(
                            f"the server at {address} takes no event: {_why(response) or 'it does not say why'}; run again"
                        )
                    progress(result.acknowledged + result.rejected)
        except grpc.RpcError as error:
            if is_too_large(error):
                _cut(error, events, waiting, in_flight, cut, result)
                progress(result.acknowledged + result.rejected)
                continue
            _check(error, address, stall)
        if waiting:
            result.retried += len(waiting)
            if stall.too_long():
                raise EnvironmentFault(f"the server at {address} does not take the events: run again")
            time.sleep(0.2)
    return result


def _cut(
    error: Any, events: Sequence[bytes], waiting: deque[int], in_flight: dict[int, list[int]], cut: Cut, result: Sent
) -> None:
    """After a batch that was too large, all batches on their way are put back: the one that was it is cut, or rejected
    where it was one event. Of several it is not known which one it was: then they go one at a time."""
    if len(in_flight) != 1:
        cut.careful = True
        return
    (places,) = in_flight.values()
    if len(places) > 1:
        cut.smaller(places, events)
        return
    waiting.remove(places[0])
    result.reject(name_of(events[places[0]]), f"too large for the server: {error.details()}")


def _check(error: Any, address: str, stall: _Stall) -> None:
    """Raises where another try is of no use, or where there were enough."""
    import grpc

    code, details = error.code(), error.details()
    of_no_use = (
        grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.OUT_OF_RANGE,
    )  # fmt: skip
    if code in of_no_use:
        raise Refused(f"the server at {address} refuses the call: {code.name}: {details}") from error
    if code == grpc.StatusCode.UNAVAILABLE and UNTRUSTED.search(details or ""):
        raise Refused(f"no connection to the server at {address}: {details}; see --tls-ca") from error
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
        return max(1, min(MOST_EVENTS, int(self._rate / 10))) if self._rate else MOST_EVENTS


def _stream(
    connection: grpc.Channel,
    events: Sequence[bytes],
    waiting: deque[int],
    pace: _Pace,
    cut: Cut,
    in_flight: dict[int, list[int]],
) -> Iterator[tuple[list[int], Any]]:
    """Sends all that waits over one stream, and yields each batch's places with its answer.

    What was sent and not answered when the stream breaks is put back, at the front, and stays in `in_flight`.
    """
    from keystone_nexus.wire.stubs import order_ingest_service_pb2 as service

    room = threading.Semaphore(cut.in_flight)
    over = threading.Event()

    def requests() -> Iterator[bytes]:
        sequence = 0
        while waiting and not over.is_set():
            if not room.acquire(timeout=0.5):
                continue
            places = cut.take(waiting, events, pace.batch)
            sequence += 1
            in_flight[sequence] = places
            pace.wait(len(places))
            yield _request(sequence, [events[at] for at in places])

    call = connection.stream_stream(METHOD, None, service.IngestStreamResponse.FromString)
    try:
        for response in call(requests()):
            places = in_flight.pop(response.sequence, None)
            if places is None or len(places) != len(response.outcomes):
                raise Refused("what answers there is no ingest server of this version: its answer fits no batch")
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


def _settle(places: list[int], response: Any, events: Sequence[bytes], waiting: deque[int], result: Sent) -> int:
    """Counts the answers, and puts back what is worth another try. Returns how many answers were final."""
    from keystone_nexus.wire.stubs.order_ingest_service_pb2 import Outcome

    again: list[int] = []
    problems = {problem.index: problem for problem in response.problems}
    for index, (at, outcome) in enumerate(zip(places, response.outcomes, strict=True)):
        if outcome == Outcome.OUTCOME_ACKNOWLEDGED:
            result.acknowledged += 1
        elif Outcome.Name(outcome) in FINAL:
            problem = problems.get(index)
            name = (problem and problem.event_id) or name_of(events[at])
            result.reject(name, _reason(problem) if problem else Outcome.Name(outcome))
        elif outcome == Outcome.OUTCOME_REFUSED:
            told = _why(response) or "the topic is missing or may not be written"
            raise Refused(f"the server cannot take events: {told}")
        else:
            again.append(at)
    waiting.extend(again)
    if again:
        time.sleep(max([p.retry_after_ms for p in response.problems], default=0) / 1000)
    return len(places) - len(again)


def _reason(problem: Any) -> str:
    """Why an event was rejected: the rules that it breaks, or the server's own sentence."""
    return "; ".join(f"{v.field}: {v.description}" for v in problem.violations) or problem.message


def _why(response: Any) -> str:
    """The server's own sentence about the first event that it did not take, empty where it has none."""
    return next((p.message for p in response.problems if p.message), "")
