"""Standard output and error as every command has them: UTF-8, and no control character of the data reaches a terminal.

Results do not depend on the locale: what does not go to a terminal is UTF-8. A terminal that cannot show a character is
given its escape.
"""

from __future__ import annotations

import io
import os
import re
import sys
from contextlib import suppress
from typing import Any

from keystone_nexus.lake.errors import EnvironmentFault

CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""All that is no line end, no tab and not seen, or that turns the writing around: a terminal obeys it, or a reader is misled."""
IN_A_CELL = re.compile(CONTROL.pattern[:-1] + "\t\n]")


def escaped(text: str, what: re.Pattern[str] = CONTROL) -> str:
    """The text with control characters as `\\x1b` or `\\u202e`."""
    return what.sub(lambda found: _escape(found.group()), text)


def _escape(character: str) -> str:
    number = ord(character)
    if character in "\t\n\r":
        return {"\t": "\\t", "\n": "\\n", "\r": "\\r"}[character]
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def json_escaped(text: str) -> str:
    """JSON whose texts hold no control character, but its escape."""
    return CONTROL.sub(lambda found: "".join(f"\\u{unit:04x}" for unit in _units(found.group())), text)


def _units(character: str) -> list[int]:
    number = ord(character)
    if number < 0x10000:
        return [number]
    return [0xD800 + ((number - 0x10000) >> 10), 0xDC00 + ((number - 0x10000) & 0x3FF)]


class _File(io.FileIO):
    """A file descriptor whose failures are sentences."""

    def write(self, content: Any, /) -> int:
        try:
            return super().write(content)
        except BrokenPipeError:
            raise
        except OSError as error:
            which = "output" if self.fileno() == 1 else "error"
            raise EnvironmentFault(f"standard {which} cannot be written: {error.strerror}") from error


class Stream(io.TextIOWrapper):
    """Text for people: control characters are escaped."""

    def write(self, text: str, /) -> int:
        super().write(escaped(text))
        return len(text)

    def write_as_it_is(self, text: str) -> None:
        """For our own control characters, and for data that goes to a file."""
        super().write(text)


def open_streams() -> None:
    """Replaces standard output and error."""
    sys.stdout = _stream(1, sys.stdout)
    sys.stderr = _stream(2, sys.stderr)
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115


def _stream(number: int, before: Any) -> Stream:
    terminal = os.isatty(number)
    encoding = (before.encoding if before is not None and terminal else None) or "utf-8"
    buffer = io.BufferedWriter(_File(number, "wb", closefd=False))
    # Bytes of a file's name that are no UTF-8 were escaped before they came here.
    return Stream(buffer, encoding, "backslashreplace", newline="\n", line_buffering=terminal or number == 2)


def close_output() -> None:
    """After an output that cannot be written: nothing more is tried, also not when the interpreter ends."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
            continue
        with suppress(Exception):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
