"""Asks the process that draws. A crash or a standstill there is a PageFailed here, and the next request starts anew."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO, Any

from keystone_nexus.analytics.failures import PageFailed

RENDERER = Path(__file__).with_name("renderer.py")
SECONDS = 60
"""For one drawing; the largest takes a quarter of a second."""


class Artist:
    """One process for all drawings of this one, started by the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None

    def ask(self, **request: Any) -> dict[str, str]:
        """The answer to a request. Raises PageFailed where there is none."""
        with self._lock:
            answer = self._asked(json.dumps(request).encode() + b"\n")
        if "error" in answer:
            raise PageFailed(f"it cannot be drawn: {answer['error']}")
        return answer

    def close(self) -> None:
        """Ends the process. It ends by itself when this one does."""
        with self._lock:
            self._end()

    def _asked(self, line: bytes) -> dict[str, str]:
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(SECONDS, stop)
        clock.daemon = True
        clock.start()
        try:
            process.stdin.write(line)
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        except BaseException:
            self._end()  # Whoever was interrupted must not read the answer to another question.
            raise
        finally:
            clock.cancel()
        if answer.endswith(b"\n"):
            return json.loads(answer)
        raise PageFailed(self._post_mortem(process, late=late.is_set()))

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._said = tempfile.TemporaryFile()  # noqa: SIM115  as long as the process
            # In a session of its own: Ctrl-C at a terminal is for who asked. -P: no file of the user's folder is a module.
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(RENDERER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                start_new_session=True,
            )
        return self._process

    def _post_mortem(self, process: subprocess.Popen[bytes], *, late: bool) -> str:
        process.kill()  # where it only closed its pipe; what has ended keeps its own code
        code = process.wait()
        words = self._last_words()
        self._end()
        if late:
            return f"the process that draws gave no answer within {SECONDS} s and was ended"
        how = f"was ended by {_name_of(-code)}" if code < 0 else f"ended with code {code}"
        return f"the process that draws {how}" + (f": {words}" if words else "")

    def _last_words(self) -> str:
        """The line of its standard error that says most: a panic's or an exception's."""
        if self._said is None:
            return ""
        self._said.seek(0)
        lines = [line.strip() for line in self._said.read()[-20_000:].decode("utf-8", "replace").splitlines()]
        telling = [line for line in lines if "panicked" in line or "Error" in line] or [line for line in lines if line]
        return telling[-1][:200] if telling else ""

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                try:
                    if pipe is not None:
                        pipe.close()
                except BrokenPipeError:
                    pass  # what it did not read any more
        if self._said is not None:
            self._said.close()
            self._said = None


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


ARTIST = Artist()
