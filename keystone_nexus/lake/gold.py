"""Gold's file: built aside, published by one rename, kept in versions.

`gold/gold.duckdb` is what readers open. `gold/versions/<n>.duckdb` are the last published files (hard links, so the
newest costs no space). The rename is the commit: a version that was never published does not exist, and a
published one that was killed before it was linked is linked by the next writer.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keystone_nexus.lake import gold_record
from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import now
from keystone_nexus.lake.publish import staging

HELD = "gold/held.json"


@dataclass(frozen=True, slots=True)
class Version:
    """A published gold. `number` counts up; `built_at` in UTC; `silver` identifies the silver it was built from."""

    number: int
    built_at: str
    silver: str
    months: int
    current: bool
    path: Path | None
    """Its file, None on Athena, where a version is tables."""


def gold_file(lake: Lake) -> Path:
    return lake.layer("gold") / "gold.duckdb"


def published(lake: Lake) -> dict[str, Any]:
    """What the published gold says of its own build, empty where there is none that can be read."""
    if not lake.on_s3:
        return info(gold_file(lake))
    said = _held(lake)
    return gold_record.numbered(lake, said["version"]) if said else gold_record.newest(lake)


def info(path: Path) -> dict[str, Any]:
    """What a gold file says of its own build, empty where there is none, or a damaged one: to build anew.

    Raises EnvironmentFault for one that another process holds, or that may not be read: it is not to be replaced.
    """
    import duckdb

    try:
        return read_info(path)
    except (duckdb.Error, ValueError, IndexError):
        return {}


def read_info(path: Path) -> dict[str, Any]:
    """`build.info` of a gold file, empty where there is no file. Raises duckdb.Error for a damaged one.

    Raises EnvironmentFault for one that cannot be opened.
    """
    import duckdb

    if not openable(path):
        return {}
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.IOException as error:
        raise _held_open(path, str(error)) or error from error
    with connection:
        return json.loads(connection.execute("select info from build.info").fetchall()[0][0])


def openable(path: Path) -> bool:
    """Whether there is a file. Raises EnvironmentFault for one that cannot be opened, and says why."""
    try:
        with path.open("rb"):
            return True
    except FileNotFoundError:
        return False
    except OSError as error:
        raise EnvironmentFault(
            f"{path} cannot be opened ({error.strerror}): nothing was changed; mend that, then run again"
        ) from error


def _held_open(path: Path, said: str) -> EnvironmentFault | None:
    """What DuckDB says of a file that another process has open for writing, in our words; None for another fault."""
    if "Could not set lock on file" not in said:
        return None
    holder = re.search(r"held in (?P<program>.*?) ?\(PID (?P<pid>[0-9]+)\)", said)
    who = f"process {holder['pid']} ({holder['program']})" if holder else "another process"
    return EnvironmentFault(
        f"{path.parent.name}/{path.name} is open for writing in {who}: close it there, then run again; nothing was changed"
    )


def copy_current(lake: Lake, target: Path) -> bool:
    """Copies the published file for a build to change. Returns whether there was one."""
    if not gold_file(lake).exists():
        return False
    shutil.copyfile(gold_file(lake), target)
    return True


def publish(lake: Lake, built: Path, number: int) -> None:
    """Makes a finished file the published one. The caller holds the lake's lock."""
    os.replace(built, gold_file(lake))
    hold(lake, None)
    keep_current(lake, number)


def keep_current(lake: Lake, number: int) -> None:
    """Links the published file among the versions, and lets the oldest go."""
    folder = lake.layer("gold") / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{number:06d}.duckdb"
    if not target.exists():
        _link(gold_file(lake), target)
    for old in sorted(folder.glob("*.duckdb"))[: -gold_record.KEPT]:
        if not old.samefile(gold_file(lake)):
            old.unlink()


def repair(lake: Lake) -> None:
    """Links a published file that a killed process left unlinked."""
    said = info(gold_file(lake))
    if said:
        keep_current(lake, int(said["version"]))


def next_number(lake: Lake) -> int:
    """The number of the next version: no file had it, readable or not."""
    kept = [int(path.stem) for path in (lake.layer("gold") / "versions").glob("*.duckdb")]
    return 1 + max([int(info(gold_file(lake)).get("version", 0)), *kept])


def versions(lake: Lake) -> list[Version]:
    """The kept versions that can be read, newest first."""
    if lake.on_s3:
        current = published(lake).get("version")
        return [
            Version(one["version"], one["built_at"], one["silver"], len(one["months"]), one["version"] == current, None)
            for one in reversed(gold_record.records(lake))
        ]
    found: list[Version] = []
    current = info(gold_file(lake)).get("version")
    for path in sorted((lake.layer("gold") / "versions").glob("*.duckdb"), reverse=True):
        if said := info(path):
            number = int(path.stem)
            found.append(
                Version(number, said["built_at"], said["silver"], len(said["months"]), number == current, path)
            )
    return found


def rollback(lake: Lake, number: int | None, silver: str) -> Version:
    """Publishes a kept version again: the given one, or the one before the current. It holds until silver changes.

    `silver` identifies the silver of now. Raises Refused for a version that is not kept.
    """
    back = chosen(lake, number)
    with staging(lake.root) as folder:
        assert back.path is not None, "a version that is kept in a folder has a file"
        _link(back.path, folder / "gold.duckdb")
        hold(lake, note(back, silver))
        os.replace(folder / "gold.duckdb", gold_file(lake))
    return back


def chosen(lake: Lake, number: int | None) -> Version:
    """The kept version with a number, or the one before the current. Raises Refused where there is none."""
    kept = versions(lake)
    current = next((v for v in kept if v.current), None)
    older = [v for v in kept if current and v.number < current.number]
    found = next((v for v in kept if v.number == number), None) if number is not None else (older or [None])[0]
    if found is None:
        numbers = ", ".join(str(v.number) for v in kept) or "none"
        raise Refused(
            f"there is no version {number if number is not None else 'before the current one'}: kept are {numbers}"
        )
    return found


def note(version: Version, silver: str) -> dict[str, Any]:
    """What is noted of a rollback."""
    return {"version": version.number, "silver": silver, "at": now()}


def hold(lake: Lake, note: dict[str, Any] | None) -> None:
    """Notes that gold was rolled back on purpose, or forgets it."""
    if note is None:
        lake.store.remove([HELD])
    else:
        lake.store.put(HELD, json.dumps(note).encode() + b"\n")


def held(lake: Lake, silver: str) -> dict[str, Any] | None:
    """The rollback that still holds: nothing was built in silver since."""
    said = _held(lake)
    return said if said and said["silver"] == silver else None


def _held(lake: Lake) -> dict[str, Any] | None:
    try:
        return json.loads(lake.store.read(HELD))
    except FileNotFoundError:
        return None


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except OSError:
        shutil.copyfile(source, target)  # a file system without hard links
