"""Gold on Athena: what was built and published is recorded, since its tables are only Glue's.

A record `gold/_builds/<number>.json` is written when every blocking test of a build has passed and its tables are
published. It says what a gold file says of itself (`lake.gold`). Beside it, for as long as the version is kept,
`<number>.tables.json` holds what Glue said of its tables, by which it can be published again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.lake import Lake

FOLDER = "gold/_builds/"
TABLES = ".tables.json"
NUMBERED = re.compile(r"[0-9]+\.json")
KEPT = 5
"""Versions of gold that are kept, on Athena and in a folder."""


def records(lake: Lake) -> list[dict[str, Any]]:
    """What each build that is kept said of itself, oldest first. Raises Refused for an object that is no record."""
    store = lake.store
    keys = _kept_keys(lake)
    return [_read(path.read_text("utf-8"), store.name(key)) for key, path in zip(keys, store.files(keys), strict=True)]


def newest(lake: Lake) -> dict[str, Any]:
    """The record of the last build, empty before the first."""
    keys = _keys(lake)
    return _read(lake.store.read(keys[-1]).decode(), lake.store.name(keys[-1])) if keys else {}


def numbered(lake: Lake, number: int) -> dict[str, Any]:
    """The record of a version. Raises FileNotFoundError where there is none."""
    key = f"{FOLDER}{number:08d}.json"
    return _read(lake.store.read(key).decode(), lake.store.name(key))


def record(lake: Lake, said: dict[str, Any], described: Sequence[dict[str, Any]]) -> None:
    """Records a build and what Glue says of its tables. The caller holds the lake's lock.

    Raises EnvironmentFault where another writer was first.
    """
    key = f"{FOLDER}{said['version']:08d}.json"
    lake.store.put(_tables_key(said["version"]), json.dumps(described).encode() + b"\n")
    if not lake.store.put_new(key, json.dumps(said).encode() + b"\n"):
        raise EnvironmentFault(f"another writer recorded build {said['version']} of gold first: run again")


def tables(lake: Lake, number: int) -> list[dict[str, Any]]:
    """What Glue said of a kept version's tables. Raises Refused where that was lost."""
    key = _tables_key(number)
    try:
        return json.loads(lake.store.read(key))
    except (FileNotFoundError, ValueError) as error:
        raise Refused(
            f"{lake.store.name(key)} cannot be read ({error}): `keystone run --all` builds gold anew"
        ) from error


def kept(lake: Lake) -> list[int]:
    """The numbers of the versions that are kept, oldest first."""
    return [int(key.removeprefix(FOLDER).removesuffix(".json")) for key in _kept_keys(lake)]


def forget(lake: Lake, but: Iterable[int]) -> None:
    """Removes what was said of the tables of all other versions."""
    stay = {_tables_key(number) for number in but}
    lake.store.remove([key for key in lake.store.keys(FOLDER) if key.endswith(TABLES) and key not in stay])


def _keys(lake: Lake) -> list[str]:
    return [key for key in lake.store.keys(FOLDER) if NUMBERED.fullmatch(key.removeprefix(FOLDER))]


def _kept_keys(lake: Lake) -> list[str]:
    return _keys(lake)[-KEPT:]


def _tables_key(number: int) -> str:
    return f"{FOLDER}{number:08d}{TABLES}"


def _read(text: str, name: str) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(text)
        _ = said["version"], said["built_at"], said["silver"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"{name} is no record of a build of gold ({error}): remove it, then `keystone run`") from error
    return said
