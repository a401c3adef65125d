"""A lake: where it is, its identity, its store.

`lake.json` says for which environment the lake was made and in which format, so that a development machine cannot
write production's lake and an old program not a newer lake.
"""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.layout import IDENTITY
from keystone_nexus.lake.place import lake_folder
from keystone_nexus.lake.store import Folder, Store

FORMAT = 1
ENVIRONMENTS = ("local", "ci", "staging", "prod")


@dataclass(frozen=True, slots=True)
class Lake:
    """A folder, or `s3://NAME`, and the environment that may write it."""

    place: Path | str
    env: str = "local"

    def __post_init__(self) -> None:
        if self.env not in ENVIRONMENTS:
            raise Refused(f"unknown environment {self.env!r}: use one of {', '.join(ENVIRONMENTS)}")

    @property
    def on_s3(self) -> bool:
        return isinstance(self.place, str)

    @property
    def store(self) -> Store:
        """Where its objects are."""
        if isinstance(self.place, Path):
            return Folder(self.place)
        from keystone_nexus.lake.s3.buckets import buckets

        return buckets(self.place)

    @property
    def root(self) -> Path:
        """The lake's folder; of a lake on S3 the folder of this machine's copies and work, where nothing is kept."""
        if isinstance(self.place, Path):
            return self.place
        from keystone_nexus.lake.s3.buckets import buckets

        return buckets(self.place).folder

    def layer(self, name: str) -> Path:
        """A layer's folder, of a lake in a folder."""
        return self.root / name

    @property
    def dagster_home(self) -> Path:
        return self.root / ".dagster"

    @property
    def exists(self) -> bool:
        return self.store.exists(IDENTITY)

    def key(self, path: Path) -> str:
        """A path inside the lake as people and other machines see it: relative, with slashes."""
        return path.relative_to(self.root).as_posix()

    def check_identity(self) -> None:
        """Raises Refused where the lake is another environment's or of a newer format."""
        name = self.store.name(IDENTITY)
        try:
            identity = json.loads(self.store.read(IDENTITY))
            made_for, version = identity["env"], int(identity["format"])
        except FileNotFoundError:
            return
        except OSError as error:
            raise EnvironmentFault(f"{name} cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(f"{name} is not a lake's identity: {error}") from error
        if version > FORMAT:
            raise Refused(
                f"the lake {self} has format {version}, this program knows {FORMAT}: install a newer Keystone Nexus"
            )
        if made_for != self.env:
            raise Refused(
                f"the lake {self} belongs to the environment {made_for!r}, this is {self.env!r}: "
                f"use --env {made_for} or another --lake"
            )

    def create(self) -> None:
        """Makes the folders and the identity where they are missing, and checks the identity."""
        identity = {"format": FORMAT, "env": self.env, "id": uuid.uuid4().hex}
        try:
            self.store.create()
            if not self.exists:
                self.store.put_new(IDENTITY, json.dumps(identity).encode() + b"\n")
        except OSError as error:
            raise EnvironmentFault(f"the lake {self} cannot be created: {error.strerror or error}") from error
        self.check_identity()

    def __str__(self) -> str:
        return str(self.place)


def lake_at(place: str | Path, env: str) -> Lake:
    """A lake as it is named: `s3://NAME`, or a folder. Raises Refused for a name that no lake can have."""
    if str(place).startswith("s3://"):
        return Lake(str(place).rstrip("/"), env)
    return Lake(lake_folder(str(place)), env)


def environment(name: str | None = None) -> str:
    """The environment given, or `KEYSTONE_ENV`, or local. Raises Refused for an unknown one."""
    chosen = name or os.environ.get("KEYSTONE_ENV") or "local"
    if chosen not in ENVIRONMENTS:
        raise Refused(f"unknown environment {chosen!r}: use one of {', '.join(ENVIRONMENTS)}")
    return chosen
