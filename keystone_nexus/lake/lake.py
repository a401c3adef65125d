"""A lake on a file system: its root, its identity, where each layer is.

`lake.json` at the root says for which environment the lake was made and in which format, so that a
development machine cannot write production's lake and an old program not a newer lake.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.publish import write_new

FORMAT = 1
ENVIRONMENTS = ("local", "ci", "staging", "prod")
LAYERS = ("bronze", "silver", "quarantine", "gold", "analytics")
UNDATED = "year=0000/month=00/day=00"
"""The quarantine partition of rows whose day cannot be known, and of tables that have no day."""


@dataclass(frozen=True, slots=True)
class Lake:
    """The root folder and the environment that may write it."""

    root: Path
    env: str = "local"

    def __post_init__(self) -> None:
        if self.env not in ENVIRONMENTS:
            raise Refused(f"unknown environment {self.env!r}: use one of {', '.join(ENVIRONMENTS)}")

    def layer(self, name: str) -> Path:
        return self.root / name

    @property
    def dagster_home(self) -> Path:
        return self.root / ".dagster"

    @property
    def locks(self) -> Path:
        return self.root / ".locks"

    @property
    def exists(self) -> bool:
        return (self.root / "lake.json").is_file()

    def key(self, path: Path) -> str:
        """A path inside the lake as people and other machines see it: relative, with slashes."""
        return path.relative_to(self.root).as_posix()

    def check_identity(self) -> None:
        """Raises Refused where the lake is another environment's or of a newer format."""
        try:
            identity = json.loads((self.root / "lake.json").read_text("utf-8"))
            made_for, version = identity["env"], int(identity["format"])
        except FileNotFoundError:
            return
        except OSError as error:
            raise EnvironmentFault(f"{self.root}/lake.json cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(f"{self.root}/lake.json is not a lake's identity: {error}") from error
        if version > FORMAT:
            raise Refused(
                f"the lake {self.root} has format {version}, this program knows {FORMAT}: install a newer Keystone Nexus"
            )
        if made_for != self.env:
            raise Refused(
                f"the lake {self.root} belongs to the environment {made_for!r}, this is {self.env!r}: "
                f"use --env {made_for} or another --lake"
            )

    def create(self) -> None:
        """Makes the folders and the identity where they are missing, and checks the identity."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for layer in (*LAYERS, ".locks"):
                (self.root / layer).mkdir(exist_ok=True)
            if not self.exists:
                write_new(self.root / "lake.json", json.dumps({"format": FORMAT, "env": self.env}).encode() + b"\n")
        except OSError as error:
            raise EnvironmentFault(f"the lake {self.root} cannot be created: {error.strerror or error}") from error
        self.check_identity()


def environment(name: str | None = None) -> str:
    """The environment given, or `KEYSTONE_ENV`, or local. Raises Refused for an unknown one."""
    chosen = name or os.environ.get("KEYSTONE_ENV") or "local"
    if chosen not in ENVIRONMENTS:
        raise Refused(f"unknown environment {chosen!r}: use one of {', '.join(ENVIRONMENTS)}")
    return chosen
