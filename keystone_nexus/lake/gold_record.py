"""Gold on Athena: what was built is recorded, since its tables are Glue's and swapped one by one.

A record `gold/_builds/<number>.json` is written when every blocking test of a build has passed. It says what a gold
file says of itself (`lake.gold`). Versions to go back to are only a lake's in a folder.
"""

from __future__ import annotations

import json
import re
from typing import Any

from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.lake import Lake

FOLDER = "gold/_builds/"
NUMBERED = re.compile(r"[0-9]+\.json")


def records(lake: Lake) -> list[dict[str, Any]]:
    """What each build said of itself, oldest first. Raises Refused for an object that is no record."""
    store = lake.store
    keys = [key for key in store.keys(FOLDER) if NUMBERED.fullmatch(key.removeprefix(FOLDER))]
    return [_read(path.read_text("utf-8"), store.name(key)) for key, path in zip(keys, store.files(keys), strict=True)]


def newest(lake: Lake) -> dict[str, Any]:
    """The record of the build that is published, empty before the first."""
    store = lake.store
    keys = [key for key in store.keys(FOLDER) if NUMBERED.fullmatch(key.removeprefix(FOLDER))]
    return _read(store.read(keys[-1]).decode(), store.name(keys[-1])) if keys else {}


def record(lake: Lake, said: dict[str, Any]) -> None:
    """Records a build. The caller holds the lake's lock. Raises EnvironmentFault where another writer was first."""
    key = f"{FOLDER}{said['version']:08d}.json"
    if not lake.store.put_new(key, json.dumps(said).encode() + b"\n"):
        raise EnvironmentFault(f"another writer recorded build {said['version']} of gold first: run again")


def _read(text: str, name: str) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(text)
        _ = said["version"], said["built_at"], said["silver"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"{name} is no record of a build of gold ({error}): remove it, then `keystone run`") from error
    return said
