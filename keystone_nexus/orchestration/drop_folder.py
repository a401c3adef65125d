"""What the drop folder's sensor does: asks for a landing until the folder's files are in the lake."""

from __future__ import annotations

import json
import os
from pathlib import Path

import dagster as dg

from keystone_nexus.lake import ledger
from keystone_nexus.orchestration.attempts import Wait, attempt, done, named
from keystone_nexus.orchestration.settings import Settings
from keystone_nexus.source.drop import is_csv
from keystone_nexus.source.land import brings_new_files

State = list[tuple[str, ...]]


def drop_ticked(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """The cursor is the folder's state at the last tick: files that are still being written are left alone."""
    settings = Settings()
    folder = settings.drop_dir
    if folder is None:
        return dg.SkipReason("KEYSTONE_DROP_DIR is not set")
    try:
        state = state_of(folder)
    except OSError as error:
        return dg.SkipReason(f"KEYSTONE_DROP_DIR={folder} cannot be read: {error.strerror or error}")
    if not state:
        return _skip(f"{folder} holds no CSV file", "")
    work = named("drop", [str(folder), state])
    if work != _before(context.cursor):
        return _skip(f"{folder} changed: its files are taken once they stand still for two looks", work)
    if done(context.instance, work) and not brings_new_files(ledger.read(settings.open_lake()), str(folder)):
        return _skip(f"the files of {folder} are in the lake", work)
    found = attempt(context.instance, work, until_change=True)
    if isinstance(found, Wait):
        return _skip(f"the files of {folder} are not in the lake yet: {found.why}", work)
    config = {"ops": {"bronze": {"config": {"source": str(folder)}}}}
    return dg.SensorResult([dg.RunRequest(found.key, run_config=config, tags=found.tags)], cursor=work)


def _skip(why: str, cursor: str) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=why, cursor=cursor)


def _before(cursor: str | None) -> str | None:
    """The work that was seen last. Earlier versions kept the whole state as JSON: that is another one, once."""
    return None if cursor is None or cursor.startswith("{") else cursor


def state_of(folder: Path) -> State:
    """Name, size and times of every CSV file: what changes when one is written, replaced, or may be read at last.

    Raises OSError where the folder cannot be read.
    """
    with os.scandir(folder) as found:
        return sorted(_state(entry) for entry in found if is_csv(entry.name))


def _state(entry: os.DirEntry[str]) -> tuple[str, ...]:
    name = json.dumps(entry.name)  # whatever bytes it has
    try:
        about = entry.stat()
    except OSError as error:
        return name, f"cannot be read: {error.errno}"  # gone again, or a link to nowhere: the landing says so
    return name, str(about.st_size), str(about.st_mtime_ns), str(about.st_ctime_ns)
