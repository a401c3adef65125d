"""The client of the ingest server, against servers that take little."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from keystone_nexus.events.batches import IN_FLIGHT, MOST_BYTES, MOST_EVENTS
from keystone_nexus.events.client import Tls, send
from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.wire.stubs import order_event_pb2
from keystone_nexus.wire.stubs import order_ingest_service_pb2 as pb
from keystone_nexus.wire.stubs import order_ingest_service_pb2_grpc as service
from tests.order_events import placed


class TakesSome(service.OrderIngestServiceServicer):
    """Acknowledges the first `limit` events, and answers for each other one that Kafka does not."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    def IngestStream(self, request_iterator: Iterator[pb.IngestStreamRequest], context: Any) -> Any:
        for request in request_iterator:
            taken = min(self.left, len(request.events))
            self.left -= taken
            missed = len(request.events) - taken
            yield pb.IngestStreamResponse(
                sequence=request.sequence,
                outcomes=[pb.OUTCOME_ACKNOWLEDGED] * taken + [pb.OUTCOME_UNKNOWN] * missed,
                problems=[pb.Problem(message="Kafka did not answer in time")] if missed else [],
            )


@pytest.fixture
def serve() -> Iterator[Any]:
    server = grpc.server(ThreadPoolExecutor(2))

    def start(limit: int) -> str:
        service.add_OrderIngestServiceServicer_to_server(TakesSome(limit), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        return f"127.0.0.1:{port}"

    yield start
    server.stop(None)


@pytest.mark.parametrize("taken", [0, 3])
def test_a_server_that_takes_nothing_more_is_given_up_with_its_reason(serve: Any, taken: int) -> None:
    """Also with more events than fit into the batches on their way: each answer makes room for the next ones."""
    events = [placed(f"o{n}").SerializeToString() for n in range(2 * MOST_EVENTS * IN_FLIGHT)]
    with pytest.raises(EnvironmentFault, match=r"takes no event: Kafka did not answer in time; run again"):
        send(events, serve(taken), patience=0.5)


class TakesSmall(service.OrderIngestServiceServicer):
    """Acknowledges what reaches it, batches of at most `most` events; the transport has its own bound of bytes."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken: list[str] = []
        self.batches: list[int] = []

    def IngestStream(self, request_iterator: Iterator[pb.IngestStreamRequest], context: Any) -> Any:
        for request in request_iterator:
            if len(request.events) > self.most:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"the request has more than {self.most} events")
            self.batches.append(request.ByteSize())
            self.taken += [event.event_id for event in request.events]
            yield pb.IngestStreamResponse(
                sequence=request.sequence, outcomes=[pb.OUTCOME_ACKNOWLEDGED] * len(request.events)
            )


@pytest.fixture
def serve_small() -> Iterator[Any]:
    started: list[grpc.Server] = []

    def start(most_bytes: int, most_events: int) -> tuple[str, TakesSmall]:
        server = grpc.server(ThreadPoolExecutor(2), options=[("grpc.max_receive_message_length", most_bytes)])
        small = TakesSmall(most_events)
        service.add_OrderIngestServiceServicer_to_server(small, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        started.append(server)
        return f"127.0.0.1:{port}", small

    yield start
    for server in started:
        server.stop(None)


def sized(number: int, kilobytes: int) -> bytes:
    made = placed(f"o{number}")
    made.placed.customer.city = "x" * (kilobytes << 10)
    return made.SerializeToString()


def test_batches_are_cut_by_bytes(serve_small: Any) -> None:
    address, small = serve_small(4 << 20, 500)
    result = send([sized(n, 30) for n in range(400)], address)
    assert (result.acknowledged, result.rejected, result.retried) == (400, 0, 0), "no batch was refused"
    assert max(small.batches) < MOST_BYTES + 10_000


@pytest.mark.parametrize(("most_bytes", "most_events"), [(100_000, 500), (4 << 20, 3), (100_000, 3)])
def test_batches_become_as_small_as_the_server_takes_them(serve_small: Any, most_bytes: int, most_events: int) -> None:
    address, small = serve_small(most_bytes, most_events)
    events = [sized(n, 20) for n in range(60)]
    result = send(events, address, patience=5)
    assert (result.acknowledged, result.rejected) == (60, 0)
    assert len(set(small.taken)) == 60


def test_an_event_that_is_too_large_is_told_by_its_id_and_the_rest_goes_on(serve_small: Any) -> None:
    address, small = serve_small(100_000, 500)
    events = [sized(n, 200 if n in (7, 30) else 1) for n in range(50)]
    result = send(events, address, patience=5)
    assert (result.sent, result.acknowledged, result.rejected) == (50, 48, 2)
    ids = [pb_event(events[n]) for n in (7, 30)]
    assert [problem.partition(":")[0] for problem in result.problems] == ids
    assert all("too large for the server" in problem for problem in result.problems)
    assert len(set(small.taken)) == 48


def pb_event(event: bytes) -> str:
    return order_event_pb2.OrderEvent.FromString(event).event_id


def test_what_is_no_certificate_is_refused_at_once(tmp_path: Path) -> None:
    none = tmp_path / "none.pem"
    none.write_text("no certificate")
    with pytest.raises(Refused, match=r"--tls-ca .* holds no PEM certificate"):
        send([sized(1, 1)], "127.0.0.1:1", tls=Tls(none))


class Refuses(service.OrderIngestServiceServicer):
    def __init__(self, code: grpc.StatusCode) -> None:
        self.code = code

    def IngestStream(self, request_iterator: Iterator[pb.IngestStreamRequest], context: Any) -> Any:
        context.abort(self.code, "not you")
        yield


@pytest.mark.parametrize("code", [grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.FAILED_PRECONDITION])
def test_what_no_second_try_changes_is_refused_at_once(code: grpc.StatusCode) -> None:
    server = grpc.server(ThreadPoolExecutor(2))
    service.add_OrderIngestServiceServicer_to_server(Refuses(code), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with pytest.raises(Refused, match=r"refuses the call: .*not you"):
        send([sized(1, 1)], f"127.0.0.1:{port}")
    server.stop(None)
