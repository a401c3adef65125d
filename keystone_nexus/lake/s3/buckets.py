"""The store of a lake `s3://NAME`: a bucket for each layer, and copies on this machine for those who read files.

Bronze, the records of builds and acceptances never change: a copy of one is made once and then trusted. Everything
else is asked for by its version (ETag), so that what did not change is not sent again. What belongs to no layer lies
in bronze's bucket below `_lake/`; locks lie in silver's, since nobody may replace or remove what is in bronze's.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeVar

from keystone_nexus.lake import publish
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.layout import IDENTITY, LAYERS
from keystone_nexus.lake.lock import FIRST_DAY, LONG, PATIENCE
from keystone_nexus.lake.s3 import objects
from keystone_nexus.lake.s3.lease import ALL, Holds
from keystone_nexus.lake.s3.objects import Place
from keystone_nexus.lake.store import Content

T = TypeVar("T")
OTHERS = "_lake/"
"""Where in bronze's bucket that is which belongs to no layer."""
AT_ONCE = 16
"""Objects that are sent or brought side by side."""
IMMUTABLE = ("bronze/", "silver/_builds/", "accepted/", "gold/_builds/")
NAME = re.compile(r"^s3://([a-z0-9][a-z0-9-]{1,50}[a-z0-9])/?$")


@cache
def buckets(url: str) -> Buckets:
    """The store of `s3://NAME`, one for the process. Raises Refused for what is no lake's name."""
    found = NAME.match(url)
    if not found:
        raise Refused(
            f"{url} is no lake on S3: give s3://NAME, of which the buckets are NAME-bronze, NAME-silver and so on"
        )
    return Buckets(found[1])


class Buckets:
    """A lake's buckets, and the folder of this machine's copies."""

    def __init__(self, lake: str) -> None:
        self.lake = lake
        self._copies: Path | None = None
        self._lake_lock = Holds(Place(f"{lake}-silver", "_locks/lake"))
        self._day_locks = Holds(Place(f"{lake}-silver", "_locks/days"))
        self._locked: list[str] = []
        """Purposes for which this process holds the lake's lock: a run's steps may take the lock that it holds."""

    @property
    def folder(self) -> Path:
        """Where this machine keeps copies and work of the lake (`KEYSTONE_CACHE`). It may be removed at any time."""
        base = os.environ.get("KEYSTONE_CACHE") or Path.home() / ".cache" / "keystone-nexus" / "lakes"
        return Path(base) / self.lake

    @property
    def copies(self) -> Path:
        """The copies of this lake, not of one that had its name before: a lake has an identity."""
        if self._copies is None:
            with suppress(FileNotFoundError):
                identity = json.loads(objects.read(self.place(IDENTITY)).content)
                self._copies = self.folder / str(identity.get("id", "copies"))
        return self._copies or self.folder / "unborn"

    def place(self, key: str) -> Place:
        layer, _, rest = key.partition("/")
        return (
            Place(f"{self.lake}-{layer}", rest) if layer in LAYERS else Place(f"{self.lake}-bronze", f"{OTHERS}{key}")
        )

    def name(self, key: str) -> str:
        return str(self.place(key))

    def create(self) -> None:
        """The buckets are Terraform's: a missing one is refused by the first call that needs it."""

    def keys(self, prefix: str) -> list[str]:
        return [key for key, _ in self._listed(prefix)]

    def exists(self, key: str) -> bool:
        return objects.exists(self.place(key))

    def read(self, key: str) -> bytes:
        if key.startswith(IMMUTABLE):
            return self.file(key).read_bytes()
        return objects.read(self.place(key)).content

    def file(self, key: str) -> Path:
        copy = self.copies / key
        if not (key.startswith(IMMUTABLE) and copy.is_file()):
            self._bring(key)
        return copy

    def files(self, keys: Sequence[str], *, anew: bool = False) -> list[Path]:
        """One listing for each layer's objects that change says which copies are of the present version."""
        copies = [self.copies / key for key in keys]
        fixed = [not anew and key.startswith(IMMUTABLE) for key in keys]
        missing = [
            key for key, copy, is_fixed in zip(keys, copies, fixed, strict=True) if is_fixed and not copy.is_file()
        ]
        changing = [key for key, is_fixed in zip(keys, fixed, strict=True) if not is_fixed]
        etags = self._etags(changing)
        _side_by_side(self._bring, missing)
        _side_by_side(self._bring_if_changed, [(key, etags.get(key)) for key in changing])
        return copies

    def put_new(self, key: str, content: Content) -> bool:
        return self._put(key, content, {"IfNoneMatch": "*"})

    def put(self, key: str, content: Content) -> None:
        self._put(key, content, {})

    def _put(self, key: str, content: Content, condition: dict[str, str]) -> bool:
        self._check()
        etag = objects.put(self.place(key), content, condition)
        copy = self.copies / key
        if etag is not None and isinstance(content, Path) and key.startswith(IMMUTABLE):
            publish.move(content, copy)  # it will be read: no need to bring it back
            publish.write_over(_version(copy), etag.encode())
        else:
            copy.unlink(missing_ok=True)
            if isinstance(content, Path):
                content.unlink()
        return etag is not None

    def replace(self, staged: dict[str, Path], gone: Iterable[str] = ()) -> None:
        _side_by_side(self._put_staged, list(staged.items()))
        self.remove(gone)

    def _put_staged(self, staged: tuple[str, Path]) -> None:
        self.put(*staged)

    def remove(self, keys: Iterable[str]) -> None:
        """Removes what a listing says is there: what is not costs nothing."""
        there = self._etags(keys)
        if not there:
            return
        self._check()
        places = [self.place(key) for key in there]
        for bucket in {place.bucket for place in places}:
            objects.remove(bucket, [place.key for place in places if place.bucket == bucket])
        for key in there:
            (self.copies / key).unlink(missing_ok=True)

    def staging(self) -> AbstractContextManager[Path]:
        self.folder.mkdir(parents=True, exist_ok=True)
        return publish.staging(self.folder)

    def leftovers(self) -> list[str]:
        """None in the buckets: S3 has no half objects, and staging is this machine's alone."""
        return []

    def sweep(self) -> int:
        return publish.sweep(self.folder)

    @contextmanager
    def lock(self, purpose: str, patience: float = PATIENCE) -> Iterator[None]:
        if self._locked:
            self._locked.append(purpose)
            try:
                yield
            finally:
                self._locked.pop()
            return
        with self._lake_lock.hold(purpose, ALL, patience):
            self._locked.append(purpose)
            try:
                yield
            finally:
                self._locked.pop()

    @contextmanager
    def days(self, first: date, last: date, patience: float = LONG) -> Iterator[None]:
        span = (first - FIRST_DAY).days, (last - FIRST_DAY).days
        with self._day_locks.hold(f"days {first} to {last}", span, patience):
            yield

    @contextmanager
    def settled(self, patience: float = LONG) -> Iterator[None]:
        with self._day_locks.hold("reads all days", ALL, patience, writes=False):
            yield

    def _check(self) -> None:
        """Whoever lost a hold writes nothing more."""
        self._lake_lock.check()
        self._day_locks.check()

    def _listed(self, prefix: str) -> list[tuple[str, str]]:
        """Keys with their ETags."""
        place = self.place(prefix)
        layer = prefix.partition("/")[0]
        begins, skipped = (f"{layer}/", 0) if layer in LAYERS else ("", len(OTHERS))
        return [(begins + key[skipped:], etag) for key, etag in objects.listed(place.bucket, place.key)]

    def _etags(self, keys: Iterable[str]) -> dict[str, str]:
        """The ETags of those of the keys that are there: one listing for each layer."""
        layers: dict[str, list[str]] = {}
        for key in keys:
            layers.setdefault(key.partition("/")[0], []).append(key)
        found: dict[str, str] = {}
        for some in layers.values():
            wanted = set(some)
            found |= {key: etag for key, etag in self._listed(_beginning(some)) if key in wanted}
        return found

    def _bring(self, key: str) -> None:
        """A copy of an object, whole under its name, and its version beside it."""
        copy = self.copies / key
        copy.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f"{publish.NEW}{os.getpid()}-", dir=copy.parent)
        os.close(descriptor)
        try:
            etag = objects.download(self.place(key), Path(name))
            os.replace(name, copy)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        publish.write_over(_version(copy), etag.encode())

    def _bring_if_changed(self, wanted: tuple[str, str | None]) -> None:
        """A copy of the version that a listing named; none where it named none, or the object went meanwhile."""
        key, etag = wanted
        copy = self.copies / key
        if etag is not None and copy.is_file() and _read_version(copy) == etag:
            return
        copy.unlink(missing_ok=True)
        if etag is not None:
            with suppress(FileNotFoundError):
                self._bring(key)


def _beginning(keys: list[str]) -> str:
    """What all keys begin with, character by character, as S3 lists."""
    first, last = min(keys), max(keys)
    return first[: next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]


def _version(copy: Path) -> Path:
    return copy.with_name(f".{copy.name}.etag")


def _read_version(copy: Path) -> str:
    try:
        return _version(copy).read_text("ascii")
    except OSError:
        return ""


def _side_by_side(call: Callable[[T], None], many: Sequence[T]) -> None:
    """Applies a call to many, some at once. The first fault is raised, and what has not begun is not begun."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            list(pool.map(call, many))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
