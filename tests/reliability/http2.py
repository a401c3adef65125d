"""HTTP/2 by hand: what no well-meaning client sends. Frames without flow control, headers without compression."""

from __future__ import annotations

import socket
import struct

SERVICE = "/keystone.ingest.v1.OrderIngestService/"
DATA, HEADERS, RESET, SETTINGS, CONTINUATION = 0, 1, 3, 4, 9
END_STREAM, END_HEADERS = 1, 4
INITIAL_WINDOW = 4
"""The setting that says how much a stream may send to us at first."""


class RawConnection:
    """One connection to a server that is under attack. A write fails with OSError where the server hung up."""

    def __init__(self, address: str, window: int | None = None) -> None:
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=3)
        self._stream = -1
        setting = b"" if window is None else struct.pack(">HI", INITIAL_WINDOW, window)
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(SETTINGS, 0, 0, setting))

    def send(self, kind: int, flags: int, stream: int, payload: bytes = b"") -> None:
        self.socket.sendall(_frame(kind, flags, stream, payload))

    def call(self, method: str, more: dict[str, str] | None = None, flags: int = END_HEADERS) -> int:
        """Opens a call, and returns its stream."""
        self._stream += 2
        fields = {
            ":method": "POST", ":scheme": "http", ":path": SERVICE + method, ":authority": "test",
            "content-type": "application/grpc", "te": "trailers", **(more or {}),
        }  # fmt: skip
        self.send(HEADERS, flags, self._stream, header_block(fields))
        return self._stream

    def message(self, stream: int, body: bytes, announced: int | None = None, flags: int = 0) -> None:
        """A gRPC message, or the beginning of one that announces more bytes than come."""
        length = len(body) if announced is None else announced
        self.send(DATA, flags, stream, b"\0" + struct.pack(">I", length) + body)

    def close(self) -> None:
        self.socket.close()


def header_block(fields: dict[str, str]) -> bytes:
    """HPACK's literal fields without indexing."""
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in fields.items())


def _text(text: str) -> bytes:
    rest, prefix = len(text) - 127, b""
    if rest < 0:
        return bytes([len(text)]) + text.encode()
    while rest > 127:
        prefix, rest = prefix + bytes([rest & 127 | 128]), rest >> 7
    return b"\x7f" + prefix + bytes([rest]) + text.encode()


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload
