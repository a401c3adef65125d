"""The ids that a client logged when it got its OK, and when they came."""

from __future__ import annotations

import threading
import time
from pathlib import Path

LOOK_EVERY = 0.005
QUIET = 0.1


class AckLog:
    """Watches the file grow. The client writes it in blocks of some 200 ids, and a block only when one more id came:
    growth is a new acknowledgement, told a little late."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()
        self._grown: list[float] = []
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        size = 0
        while not self._closed.wait(LOOK_EVERY):
            found = self.path.stat().st_size
            if found > size:
                size = found
                with self._changed:
                    self._grown.append(time.monotonic())
                    self._changed.notify_all()

    def first_after(self, moment: float, patience: float) -> float:
        """When the first acknowledgement after a moment came. Fails when none comes."""
        with self._changed:
            came = self._changed.wait_for(lambda: bool(self._grown) and self._grown[-1] > moment, patience)
            assert came, f"no acknowledgement for {patience:g} s"
            return next(at for at in self._grown if at > moment)

    def wait_until_quiet(self) -> None:
        """After a server's death: until what it had sent before is counted."""
        with self._changed:
            while self._grew():
                pass

    def _grew(self) -> bool:
        known = len(self._grown)
        return self._changed.wait_for(lambda: len(self._grown) > known, QUIET)

    def longest_gap(self) -> float:
        """The longest time between two acknowledgements."""
        with self._changed:
            return max((b - a for a, b in zip(self._grown, self._grown[1:], strict=False)), default=0.0)

    def ids(self) -> set[str]:
        return set(self.path.read_text().split())

    def close(self) -> None:
        self._closed.set()
        self._thread.join()
