"""One `DAGSTER_HOME` serves one lake: runs and verdicts of two in one place would be mistaken for each other."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.layout import IDENTITY
from keystone_nexus.lake.place import folder_named

MARK = "keystone_lake.json"
"""In the home: which lake it serves."""


def home_of(lake: Lake) -> Path:
    """The absolute path of the lake's Dagster home. Raises Refused for one that cannot be one, or is another lake's."""
    named = os.environ.get("DAGSTER_HOME")
    if not named:
        return lake.dagster_home
    home = folder_named(named, "DAGSTER_HOME")
    if home.resolve() == lake.dagster_home.resolve():
        return home
    served = _served(home)
    if served and served["id"] != _identity(lake):
        raise Refused(
            f"DAGSTER_HOME {home} serves the lake {served['lake']}, not {lake}: unset it, or name another folder "
            f"(if that lake is gone, remove {home / MARK})"
        )
    return home


def remember(lake: Lake, home: Path) -> None:
    """Notes in the home which lake it serves, once the lake has an identity."""
    identity = _identity(lake)
    served = _served(home)
    if identity is None or (served and served["id"] == identity):
        return
    with suppress(OSError):  # a home that is read only is told by what needs to write it
        (home / MARK).write_text(json.dumps({"id": identity, "lake": str(lake)}) + "\n", "utf-8")


def _served(home: Path) -> dict[str, str] | None:
    try:
        said = json.loads((home / MARK).read_text("utf-8"))
        return {"id": said["id"], "lake": str(said["lake"])}
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EnvironmentFault(
            f"{home / MARK}, which says whose DAGSTER_HOME this is, cannot be read: {error}"
        ) from error


def _identity(lake: Lake) -> str | None:
    try:
        return str(json.loads(lake.store.read(IDENTITY)).get("id"))
    except FileNotFoundError:
        return None
