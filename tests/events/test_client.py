"""The client of the ingest server, against a server that never takes an event."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from keystone_nexus.events.client import BATCH, IN_FLIGHT, send
from keystone_nexus.lake.errors import EnvironmentFault
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
    events = [placed(f"o{n}").SerializeToString() for n in range(2 * BATCH * IN_FLIGHT)]
    with pytest.raises(EnvironmentFault, match=r"takes no event: Kafka did not answer in time; run again"):
        send(events, serve(taken), patience=0.5)
