"""Draws charts where a crash is survivable: in a process of its own, one for all of them.

The renderer is native code that ends its process at what it did not expect, and takes what it takes. Its requests and
answers are lines of JSON: a specification in, an SVG and a PNG out.
"""

from __future__ import annotations

import base64
import json
import select
import subprocess
import sys
from types import TracebackType
from typing import IO

SECONDS = 60.0
"""For one chart, which takes a fifth of a second; starting included."""


class CannotDraw(Exception):
    """The renderer failed at one chart. The others are none the worse for it."""


class Pen:
    """The process that draws. It starts with the first chart, and anew after one that it did not survive."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Pen:
        self._start()  # while the first chart's query runs
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._stop()

    def draw(self, specification: str, version: str) -> tuple[str, bytes]:
        """The SVG, and its PNG of twice the size of a screen's pixels. Raises CannotDraw."""
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps({"chart": specification, "version": version}).encode() + b"\n")
            process.stdin.flush()
            answer = _line(process.stdout)
        except (BrokenPipeError, TimeoutError) as error:
            answer, why = b"", f"it took more than {SECONDS:g} s" if isinstance(error, TimeoutError) else ""
        else:
            why = ""
        if not answer:
            code = self._stop()
            raise CannotDraw(why or f"the renderer ended with {code}")
        said: dict[str, str] = json.loads(answer)
        if "error" in said:
            raise CannotDraw(said["error"])
        return said["svg"], base64.b64decode(said["png"])

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self._process

    def _stop(self) -> int:
        """Its exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        ended = process.poll()
        process.kill()
        process.communicate()
        return process.returncode if ended is None else ended


def _line(stream: IO[bytes]) -> bytes:
    """The next answer, b"" at the end of a process. Raises TimeoutError."""
    ready, _, _ = select.select([stream], [], [], SECONDS)
    if not ready:
        raise TimeoutError
    return stream.readline()


def _main() -> None:
    import vl_convert

    for line in sys.stdin.buffer:
        wanted = json.loads(line)
        try:
            drawn = vl_convert.vegalite_to_svg(wanted["chart"], vl_version=wanted["version"])
            picture = vl_convert.svg_to_png(drawn, scale=2)
            answer = {"svg": drawn, "png": base64.b64encode(picture).decode()}
        except Exception as error:
            answer = {"error": str(error).partition("\n")[0] or type(error).__name__}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _main()
