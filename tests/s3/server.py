"""An S3 for tests: moto in this process behind a server of ours, which counts requests and can fail some of them.

A fault is what S3 really does: 500 or 503 before anything happened, an answer that is lost after the write happened,
a body that ends half way, a connection that closes.
"""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

KINDS = ("500", "503", "lost", "half", "closed")
ERROR = '<?xml version="1.0"?><Error><Code>{code}</Code><Message>injected</Message></Error>'
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


class Closed(ConnectionError):
    """Ends a connection without an answer, or in the middle of one."""


@dataclass
class S3:
    """The server: its address, what it was asked, and how often it fails."""

    url: str
    requests: Counter[str] = field(default_factory=Counter[str])
    """`PUT bucket`, `GET bucket`, `LIST bucket` -> how often."""
    puts: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Every write that happened: path, and its condition."""
    faults: Counter[str] = field(default_factory=Counter[str])
    rate: float = 0.0
    answer: Callable[[WSGIEnvironment], tuple[str, str] | None] | None = None
    """Says of a request the status and code that it gets instead of an answer."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    @property
    def env(self) -> dict[str, str]:
        """What a process needs to use it."""
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.url}

    def forget(self) -> None:
        """Counts from now on."""
        for counted in (self.requests, self.puts, self.faults):
            counted.clear()

    def client(self, service: str) -> Any:
        """A client of it, whatever this process talks to else."""
        return boto3.client(service, endpoint_url=self.url, region_name="us-east-1")

    def calls(self, verb: str) -> int:
        return sum(n for what, n in self.requests.items() if what.split()[0] == verb)


@contextmanager
def serving() -> Iterator[S3]:
    """A fresh S3 on a free port of this machine."""
    os.environ.update({k: v for k, v in CREDENTIALS.items() if k not in os.environ})
    moto = DomainDispatcherApplication(create_backend_app)
    state = S3("")

    def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return answered(state, moto, environ, start)

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()


class Quiet(WSGIRequestHandler):
    """HTTP/1.1 that keeps its connections, says nothing, and closes one on `Closed`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, *_: Any) -> None:
        pass

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        self.close_connection = True


def answered(state: S3, moto: Any, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """Moto's answer to a request, or the fault that is due instead of it."""
    verb, bucket = _verb(environ), environ["PATH_INFO"].strip("/").partition("/")[0]
    with state.lock:
        state.requests[f"{verb} {bucket}"] += 1
        kind = state.chance.choice(KINDS) if state.chance.random() < state.rate else None
        if kind:
            state.faults[kind] += 1
    said = state.answer(environ) if state.answer else None
    if said:
        return _error(start, environ, *said)
    if kind in ("500", "503"):
        return _error(start, environ, kind, "InternalError" if kind == "500" else "SlowDown")
    if kind == "closed":
        raise Closed
    taken: list[Any] = []
    body = b"".join(moto(environ, lambda *given: taken.append(given)))
    status, headers = taken[0][:2]
    if verb == "PUT" and status.startswith("200"):
        with state.lock:
            state.puts.append((environ["PATH_INFO"], environ.get("HTTP_IF_NONE_MATCH", "")))
    if kind == "lost":
        raise Closed
    start(status, headers)
    if kind == "half" and verb == "GET" and len(body) > 1:
        return _half(body)
    return [body]


def _half(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    raise Closed


def _error(start: StartResponse, environ: WSGIEnvironment, status: str, code: str) -> Iterable[bytes]:
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    body = b"" if environ["REQUEST_METHOD"] == "HEAD" else ERROR.format(code=code).encode()
    start(f"{status} {code}", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
    return [body]


def _verb(environ: WSGIEnvironment) -> str:
    method = environ["REQUEST_METHOD"]
    if method == "GET" and "list-type" in environ.get("QUERY_STRING", ""):
        return "LIST"
    return "DELETE" if method == "POST" and "delete" in environ.get("QUERY_STRING", "") else method
