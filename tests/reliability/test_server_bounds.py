"""What the server holds stays within its bounds, whatever is sent to it; and it serves again when that is over."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from keystone_nexus.events.client import send
from tests.order_events import placed
from tests.reliability import http2
from tests.reliability.http2 import SERVICE, RawConnection
from tests.reliability.processes import MOST_MEMORY, PATIENCE, RELEASE, free_port

pytestmark = pytest.mark.server
SERVING = "SERVING"
EMPTY_EVENTS = b"\x12\x00" * 400
"""Events of a stream's batch that break every rule at the price of two bytes each: their answers are large."""


class Server:
    """The built server on a mock Kafka, under limits as `prlimit` takes them."""

    def __init__(self, folder: Path, *options: str, limit: str | None = None) -> None:
        command = [str(RELEASE / "keystone-ingest"), "--mock-kafka", "1", "--listen", "127.0.0.1:0", *options]
        limited = ["prlimit", limit] if limit else []
        with (folder / "server.log").open("w") as log:
            self.process = subprocess.Popen([*limited, *command], stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().split()[3]

    def peak(self) -> int:
        """The most bytes that were ever resident."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))

    def channel(self) -> grpc.Channel:
        return grpc.insecure_channel(self.address, [("grpc.use_local_subchannel_pool", 1)])


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(*options: str, limit: str | None = None) -> Server:
        started.append(Server(tmp_path, *options, limit=limit))
        return started[-1]

    yield start
    for server in started:
        server.process.terminate()
        assert server.process.wait(PATIENCE) == 0


def health(channel: grpc.Channel) -> str:
    """The server's word, or the code of a call that did not reach it."""
    try:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
        return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
    except grpc.RpcError as error:
        return error.code().name  # type: ignore[no-any-return]


def eventually(wanted: str, channel: grpc.Channel) -> None:
    deadline = time.monotonic() + PATIENCE
    while (found := health(channel)) != wanted:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


@pytest.mark.parametrize("algorithm", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_a_compressed_message_is_refused_and_never_inflated(
    serve: Callable[..., Server], algorithm: grpc.Compression
) -> None:
    server = serve(limit=f"--as={512 << 20}")  # of addresses, of which a process takes more than of memory
    with server.channel() as channel:
        for method in ("Ingest", "IngestBatch"):
            with pytest.raises(grpc.RpcError) as told:
                channel.unary_unary(SERVICE + method)(b"\0" * (150 << 20), compression=algorithm, timeout=60)
            assert told.value.code() == grpc.StatusCode.UNIMPLEMENTED
            assert "is disabled" in told.value.details()
        with pytest.raises(grpc.RpcError) as told:
            list(channel.stream_stream(SERVICE + "IngestStream")(iter([b"\0" * (150 << 20)]), compression=algorithm))
        assert told.value.code() == grpc.StatusCode.UNIMPLEMENTED
        assert server.peak() < 100 << 20
        eventually(SERVING, channel)


def never_read(connection: RawConnection) -> None:
    """Streams whose large answers nobody reads."""
    streams = [connection.call("IngestStream") for _ in range(300)]
    for _ in range(10):
        for stream in streams:
            connection.message(stream, b"\x08\x01" + EMPTY_EVENTS)


def never_read_calls(connection: RawConnection) -> None:
    for _ in range(500):
        stream = connection.call("IngestBatch")
        connection.message(stream, b"\x0a\x00" * 500, flags=http2.END_STREAM)


def open_calls(connection: RawConnection) -> None:
    for _ in range(500):
        connection.call("IngestStream")


def large_headers(connection: RawConnection) -> None:
    more = {f"x-{n}": "v" * 100 for n in range(60)}
    for _ in range(500):
        connection.call("Ingest", more)


def endless_headers(connection: RawConnection) -> None:
    stream = connection.call("Ingest", flags=0)
    for n in range(5000):
        connection.send(http2.CONTINUATION, 0, stream, http2.header_block({f"x-{n}": "v" * 1000}))


def resets(connection: RawConnection) -> None:
    """Calls that are taken back as soon as they are made."""
    for _ in range(10_000):
        connection.send(http2.RESET, 0, connection.call("Ingest"), b"\0\0\0\x08")


def unfinished(connection: RawConnection) -> None:
    """The first 15 KB of messages of 4 MiB, whose rest never comes."""
    for _ in range(500):
        stream = connection.call("Ingest")
        connection.message(stream, b"\0" * 15_000, announced=4 << 20)


@pytest.mark.parametrize(
    ("attack", "connections", "window"),
    [
        (never_read, 8, 0),
        (never_read_calls, 8, 0),
        (open_calls, 60, None),
        (large_headers, 60, None),
        (endless_headers, 8, None),
        (resets, 8, None),
        (unfinished, 40, None),
    ],
)
def test_memory_stays_below_its_bound_under(
    serve: Callable[..., Server], attack: Callable[[RawConnection], None], connections: int, window: int | None
) -> None:
    server = serve()

    def strike(_: int) -> RawConnection:
        connection = RawConnection(server.address, window)
        with suppress(OSError):
            attack(connection)
        return connection

    with ThreadPoolExecutor(8) as pool:
        held = list(pool.map(strike, range(connections)))
    time.sleep(0.5)  # what was sent is worked on
    assert server.peak() < MOST_MEMORY
    for connection in held:
        connection.close()
    with server.channel() as channel:
        eventually(SERVING, channel)
    assert server.peak() < MOST_MEMORY


@pytest.mark.parametrize("limit", ["--nofile=1024:1024", "--nofile=256:4096"], ids=["hard", "soft"])
@pytest.mark.parametrize("speaks", [False, True], ids=["silent", "http2"])
def test_more_connections_than_files_are_survived(serve: Callable[..., Server], limit: str, speaks: bool) -> None:
    metrics = f"127.0.0.1:{free_port()}"
    server = serve("--metrics", metrics, limit=limit)
    with server.channel() as before:
        eventually(SERVING, before)
        host, _, port = server.address.rpartition(":")
        held = [
            RawConnection(server.address).socket if speaks else socket.create_connection((host, int(port)))
            for _ in range(1100)
        ]
        eventually("NOT_SERVING", before)
        with server.channel() as probe:
            assert health(probe) == "NOT_SERVING", "a probe is let in, and told"
        answer = urllib.request.urlopen(f"http://{metrics}/metrics", timeout=10).read().decode()
        assert "keystone_ingest_kafka_ready 1" in answer, "Kafka and the metrics have files of their own"
        refused = next(x for x in answer.splitlines() if x.startswith("keystone_ingest_connections_refused_total"))
        assert float(refused.split()[1]) > 0
        for connection in held:
            connection.close()
        eventually(SERVING, before)
        with server.channel() as after:
            assert health(after) == SERVING


def test_the_client_finds_the_bounds_of_the_real_server(serve: Callable[..., Server]) -> None:
    """Of events, of batches, of requests; an event beyond the server's bound of a request too."""
    server = serve("--max-request-bytes", "100000", "--max-event-bytes", "50000", "--max-batch-events", "7")

    def order(number: int, items: int) -> bytes:
        now = datetime.now().isoformat(" ", "seconds")
        return placed(f"o{number}", now, items=[("p" * 32, "s" * 32, 100)] * items).SerializeToString()

    large = {3: 700, 11: 1500, 17: 3000}  # about 57, 120 and 250 KB
    result = send([order(n, large.get(n, 100)) for n in range(60)], server.address, patience=10)
    assert (result.sent, result.acknowledged, result.rejected) == (60, 57, 3)
    assert all("bytes" in problem or "too large" in problem for problem in result.problems)


def test_the_metrics_are_there_while_others_hold_connections_to_them(serve: Callable[..., Server]) -> None:
    metrics = f"127.0.0.1:{free_port()}"
    serve("--metrics", metrics)
    host, _, port = metrics.rpartition(":")
    held = [socket.create_connection((host, int(port))) for _ in range(8)]
    for one in held:
        one.sendall(b"GET /met")
    began = time.monotonic()
    assert urllib.request.urlopen(f"http://{metrics}/metrics", timeout=20).status == 200
    assert time.monotonic() - began < 10
    for one in held:
        one.close()


def test_too_few_files_are_an_environment_at_fault() -> None:
    command = ["prlimit", "--nofile=20:20", str(RELEASE / "keystone-ingest"), "--mock-kafka", "1"]
    done = subprocess.run(
        [*command, "--listen", "127.0.0.1:0"], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 3
    assert done.stderr == "keystone-ingest: the process may open 20 files; at least 64 are needed (ulimit -n)\n"


def test_a_closed_stdout_is_no_socket_of_a_client() -> None:
    command = ["bash", "-c", 'exec "$0" "$@" >&-', str(RELEASE / "keystone-ingest"), "--mock-kafka", "1"]
    with subprocess.Popen([*command, "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while '"message":"ready"' not in process.stderr.readline():
            assert process.poll() is None
        assert Path(f"/proc/{process.pid}/fd/1").readlink() == Path("/dev/null")
        process.terminate()
        assert process.wait(PATIENCE) == 0
