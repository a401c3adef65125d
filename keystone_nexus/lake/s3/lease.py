"""Who may write a lake on S3: holds in one small object, changed by compare-and-swap, renewed while their owners live.

An object (`.locks/lake`, `.locks/days`) lists who holds what: days from `first` to `last`, or all. A writer reads it,
adds its hold where none is in the way, and puts it back if nobody else did meanwhile (`If-Match`). A thread renews the
hold; one that was not renewed for `EXPIRES` seconds is void: its owner died. Time is measured on one machine's
monotonic clock only, by watching whether a hold is renewed, so that no clocks have to agree. Of its own machine's
processes a writer knows at once which are dead.

A writer that lost its hold (it slept, or the network was away for so long) must not publish: `check` raises.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from keystone_nexus.lake import publish
from keystone_nexus.lake.errors import EnvironmentFault, KeystoneError
from keystone_nexus.lake.s3 import objects
from keystone_nexus.lake.s3.objects import Place

RENEW, EXPIRES = 10.0, 40.0
"""Seconds between two renewals, and those without one after which a hold is void."""
POLL = 1.0
ALL = (0, 1 << 30)


@dataclass(frozen=True, slots=True)
class Hold:
    """One owner's hold of days `first` to `last`, counted from the first partition. `beat` counts its renewals."""

    owner: str
    pid: int
    host: str
    machine: str
    purpose: str
    since: str
    first: int
    last: int
    writes: bool
    beat: int = 0

    def bars(self, other: Hold) -> bool:
        """Whether the two cannot be held at once: they share a day, and one of them writes."""
        return (self.writes or other.writes) and self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} (`{self.purpose}`, since {self.since})"

    @property
    def dead(self) -> bool:
        """Whether its process is known to have died: only those of this machine are known."""
        return self.machine == machine() and not publish.alive(self.pid)


@cache
def machine() -> str:
    """What numbers of processes mean something in: this boot of this kernel and its namespace. Else never the same."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return uuid.uuid4().hex


class Holds:
    """The holds of one object."""

    def __init__(self, place: Place, renew: float = RENEW, expires: float = EXPIRES) -> None:
        self._place = place
        self._renew, self._expires = renew, expires
        self._watching = threading.Lock()
        self._seen: dict[tuple[str, int], float] = {}
        """(owner, beat) -> when it was first seen."""
        self._mine: dict[str, float] = {}
        """Owner -> when its hold was last renewed."""

    @contextmanager
    def hold(self, purpose: str, days: tuple[int, int], patience: float, *, writes: bool = True) -> Iterator[str]:
        """Holds days. Yields the owner for `check`. Raises EnvironmentFault when they are not free in time."""
        mine = Hold(
            uuid.uuid4().hex, os.getpid(), socket.gethostname(), machine(), purpose,
            time.strftime("%FT%TZ", time.gmtime()), *days, writes,
        )  # fmt: skip
        self._acquire(mine, patience)
        stop = threading.Event()
        renewing = threading.Thread(target=self._keep, args=(mine.owner, stop), name="lease", daemon=True)
        renewing.start()
        try:
            yield mine.owner
        finally:
            stop.set()
            renewing.join()
            self._mine.pop(mine.owner, None)
            self._change(lambda holds: [one for one in holds if one.owner != mine.owner])

    def check(self) -> None:
        """Raises EnvironmentFault where a hold of this process may have been taken over."""
        for renewed in list(self._mine.values()):
            if time.monotonic() - renewed > self._expires - self._renew:
                raise EnvironmentFault(
                    f"{self._place} could not be renewed for {self._expires - self._renew:g} s, another writer may "
                    "hold it by now: nothing more is published, run again"
                )

    def _acquire(self, mine: Hold, patience: float) -> None:
        deadline = time.monotonic() + patience
        while True:
            started = time.monotonic()
            barring: list[Hold] = []

            def add(holds: list[Hold]) -> list[Hold] | None:
                barring[:] = [one for one in holds if one.bars(mine)]  # noqa: B023
                return None if barring else [*holds, mine]  # noqa: B023

            if self._change(add):
                self._mine[mine.owner] = started
                return
            if time.monotonic() >= deadline:
                raise EnvironmentFault(
                    f"{self._place} is held by {barring[0]}; gave up after {patience:g} s, run again when it is done"
                )
            time.sleep(min(POLL, self._renew))

    def _keep(self, owner: str, stop: threading.Event) -> None:
        """Renews a hold until it is let go. A fault passes or the hold expires: then `check` says so."""
        while not stop.wait(self._renew):
            started = time.monotonic()
            try:
                if self._change(lambda holds: _renewed(holds, owner)):
                    self._mine[owner] = started
            except (KeystoneError, OSError):
                continue

    def _change(self, change: Callable[[list[Hold]], list[Hold] | None]) -> bool:
        """Applies a change to the holds that live. False where it declines (None)."""
        while True:
            holds, etag = self._read()
            changed = change(self._living(holds))
            if changed is None:
                return False
            content = json.dumps([asdict(one) for one in changed]).encode() + b"\n"
            condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
            if objects.put(self._place, content, condition):
                return True

    def _read(self) -> tuple[list[Hold], str | None]:
        try:
            found = objects.read(self._place)
        except FileNotFoundError:
            return [], None
        return [Hold(**one) for one in json.loads(found.content)], found.etag

    def _living(self, holds: list[Hold]) -> list[Hold]:
        """Those that were renewed within the time that we watched them, and whose process is not known to be dead."""
        now = time.monotonic()
        with self._watching:
            self._seen = {(one.owner, one.beat): self._seen.get((one.owner, one.beat), now) for one in holds}
            return [one for one in holds if now - self._seen[one.owner, one.beat] <= self._expires and not one.dead]


def _renewed(holds: list[Hold], owner: str) -> list[Hold] | None:
    if all(one.owner != owner for one in holds):
        return None
    return [replace(one, beat=one.beat + 1) if one.owner == owner else one for one in holds]
