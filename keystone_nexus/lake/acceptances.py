"""Known breaches that somebody let pass: who, when, why, and until when. Append-only."""

from __future__ import annotations

import getpass
import json
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import now

FOLDER = "accepted/"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A breach of `check` on `asset` (and `partition`, or every one of them where None) may pass."""

    asset: str
    check: str
    partition: str | None
    reason: str
    until: str | None
    by: str
    at: str

    def covers(self, asset: str, check: str, partition: str | None, today: date) -> bool:
        if (self.asset, self.check) != (asset, check):
            return False
        if self.partition is not None and self.partition != partition:
            return False
        return self.until is None or today <= date.fromisoformat(self.until)


def accept(lake: Lake, asset: str, check: str, partition: str | None, reason: str, until: str | None) -> Acceptance:
    """Records an acceptance."""
    acceptance = Acceptance(asset, check, partition, reason, until, getpass.getuser(), now())
    number = time.time_ns()
    while not lake.store.put_new(f"{FOLDER}{number:020d}.json", json.dumps(asdict(acceptance)).encode() + b"\n"):
        number += 1
    return acceptance


def accepted(lake: Lake) -> list[Acceptance]:
    """All acceptances, oldest first. Raises Refused for a file that is none."""
    store = lake.store
    keys = [key for key in store.keys(FOLDER) if key.endswith(".json")]
    return [_read(path, store.name(key)) for key, path in zip(keys, store.files(keys), strict=True)]


def _read(path: Path, name: str) -> Acceptance:
    try:
        return Acceptance(**json.loads(path.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise Refused(f"{name} is not an acceptance ({error}): remove it and accept again") from error
