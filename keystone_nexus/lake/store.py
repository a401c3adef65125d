"""Where a lake's bytes are: objects under keys (`silver/orders/year=2017/month=11/day=24/part-0.parquet`).

One protocol, two kinds: a folder (here) and buckets on S3 (`lake.s3`). Both promise the same: an object stands under
its key at once, whole or not at all; `put_new` never replaces one; what dead processes left is swept.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from keystone_nexus.lake import publish
from keystone_nexus.lake.layout import LAYERS
from keystone_nexus.lake.lock import LONG, PATIENCE, day_locks, lake_lock, settled_days

Content = bytes | Path
"""The bytes of an object, or a staged file that holds them."""


class Store(Protocol):
    """Objects by key. Keys are relative, with slashes; the first part is the layer."""

    def name(self, key: str) -> str:
        """An object's full name, for people."""
        ...

    def create(self) -> None:
        """Makes what layers need, where it is missing."""
        ...

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin with a prefix, sorted. Leftovers of writers are left out."""
        ...

    def exists(self, key: str) -> bool: ...

    def read(self, key: str) -> bytes:
        """Raises FileNotFoundError where there is none."""
        ...

    def file(self, key: str) -> Path:
        """A file to read an object from. Raises FileNotFoundError, at the latest when it is opened."""
        ...

    def files(self, keys: Sequence[str], *, anew: bool = False) -> list[Path]:
        """Files of objects that `keys` named, in their order. One that is gone meanwhile is a path to nothing.

        `anew` trusts no copy that was made before, also of what never changes.
        """
        ...

    def put_new(self, key: str, content: Content) -> bool:
        """Writes an object unless there is one. Returns whether it did; a staged file is gone then."""
        ...

    def put(self, key: str, content: Content) -> None:
        """Writes an object in the place of whatever is there. A staged file is gone then."""
        ...

    def replace(self, staged: dict[str, Path], gone: Iterable[str] = ()) -> None:
        """Puts staged files in place, each at once, then removes the `gone` objects that exist."""
        ...

    def remove(self, keys: Iterable[str]) -> None:
        """Removes objects; none that is not there is missed."""
        ...

    def staging(self) -> AbstractContextManager[Path]:
        """A private folder on this machine, gone at the end."""
        ...

    def leftovers(self) -> list[str]:
        """What killed writers left, named for people."""
        ...

    def sweep(self) -> int:
        """Removes what dead processes left. Returns how many leftovers there were."""
        ...

    def lock(self, purpose: str, patience: float = PATIENCE) -> AbstractContextManager[None]:
        """The lake's lock. Raises EnvironmentFault naming the holder."""
        ...

    def days(self, first: date, last: date, patience: float = LONG) -> AbstractContextManager[None]:
        """The lock of some days, both ends included."""
        ...

    def settled(self, patience: float = LONG) -> AbstractContextManager[None]:
        """All days as they are, for one who reads them."""
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """A lake in a folder of this machine: a key is a path."""

    root: Path

    def name(self, key: str) -> str:
        return str(self.root / key)

    def create(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        for layer in (*LAYERS, ".locks"):
            (self.root / layer).mkdir(exist_ok=True)

    def keys(self, prefix: str) -> list[str]:
        folder, _, begins = prefix.rpartition("/")
        found: list[str] = []
        for place, folders, files in os.walk(self.root / folder):
            under = Path(place).relative_to(self.root).as_posix()
            at_top = under == (folder or ".")
            if at_top:
                folders[:] = [name for name in folders if name.startswith(begins)]
            found += [
                f"{under}/{name}"
                for name in files
                if not name.startswith(publish.NEW) and (not at_top or name.startswith(begins))
            ]
        return sorted(key.removeprefix("./") for key in found)

    def exists(self, key: str) -> bool:
        return (self.root / key).is_file()

    def read(self, key: str) -> bytes:
        return (self.root / key).read_bytes()

    def file(self, key: str) -> Path:
        return self.root / key

    def files(self, keys: Sequence[str], *, anew: bool = False) -> list[Path]:  # noqa: ARG002
        return [self.root / key for key in keys]

    def put_new(self, key: str, content: Content) -> bool:
        target = self._target(key)
        if isinstance(content, bytes):
            return publish.write_new(target, content)
        publish.fsync(content)
        put = publish.put_if_absent(content, target)
        publish.fsync(target.parent)
        return put

    def put(self, key: str, content: Content) -> None:
        target = self._target(key)
        if isinstance(content, bytes):
            publish.write_over(target, content)
            return
        publish.fsync(content)
        os.replace(content, target)
        publish.fsync(target.parent)

    def replace(self, staged: dict[str, Path], gone: Iterable[str] = ()) -> None:
        for key, path in staged.items():
            publish.move(path, self.root / key)
        self.remove(gone)

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            publish.remove_object(self.root / key)

    def staging(self) -> AbstractContextManager[Path]:
        return publish.staging(self.root)

    def leftovers(self) -> list[str]:
        return [f"{publish.STAGING}/{path.name}" for path in (self.root / publish.STAGING).glob("*")]

    def sweep(self) -> int:
        return publish.sweep(self.root)

    def lock(self, purpose: str, patience: float = PATIENCE) -> AbstractContextManager[None]:
        return lake_lock(self.root, purpose, patience)

    def days(self, first: date, last: date, patience: float = LONG) -> AbstractContextManager[None]:
        return day_locks(self.root, first, last, patience)

    def settled(self, patience: float = LONG) -> AbstractContextManager[None]:
        return settled_days(self.root, patience)

    def _target(self, key: str) -> Path:
        target = self.root / key
        target.parent.mkdir(parents=True, exist_ok=True)
        return target


def parquet_keys(store: Store, prefix: str, wanted: Callable[[str], bool] = lambda _: True) -> list[str]:
    """The Parquet objects whose keys begin with a prefix."""
    return [key for key in store.keys(prefix) if key.endswith(".parquet") and wanted(key)]
