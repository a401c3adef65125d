"""Where the dbt project is, and its manifest, parsed when it is missing or older than the project."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

PROJECT_DIR = Path(__file__).parents[2] / "keystone_nexus_dbt"
TARGET = PROJECT_DIR / "target"
MANIFEST, PARSED = "manifest.json", "partial_parse.msgpack"
OPTIONS = ("--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR), "--log-level-file", "none")
"""Of every dbt command: where the project is; and no log file, which would take all that dbt says at level debug."""
SOURCES = ("*.yml", "models/**/*.sql", "models/**/*.yml", "macros/**/*.sql", "tests/**/*.sql")


@cache
def target() -> str:
    """Where dbt writes: the project's own folder, or one that goes with the process where that is read-only.

    It is read-only in an image, and in an installation of another user.
    """
    if os.access(TARGET if TARGET.exists() else PROJECT_DIR, os.W_OK):
        return str(TARGET)
    folder = tempfile.mkdtemp(prefix="keystone-dbt-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def manifest() -> Path:
    """The manifest's path; parses the project first where that is needed."""
    newest = max(path.stat().st_mtime for path in _files())
    for folder in dict.fromkeys([str(TARGET), target()]):
        found = Path(folder, MANIFEST)
        if found.exists() and found.stat().st_mtime >= newest:
            return found
    from dbt.cli.main import dbtRunner

    answer = dbtRunner().invoke(["--quiet", "parse", "--target-path", target(), *OPTIONS])
    if not answer.success:
        raise RuntimeError(f"the dbt project does not parse: {answer.exception}")
    return Path(target(), MANIFEST)


_loading: list[Future[Any]] = []


def begin_loading() -> None:
    """Imports dbt and reads the parsed project on another thread, while the main one waits for disk and Arrow.

    `finish_loading` comes before the definitions are imported: two threads must not import one package in turns.
    """
    pool = ThreadPoolExecutor(1, "loading")
    _loading[:] = [pool.submit(_load_and_list)]
    pool.shutdown(wait=False)


def finish_loading() -> None:
    """Waits for what `begin_loading` began."""
    for loading in _loading:
        loading.result()


def parsed() -> Any:
    """The parsed project as dbt keeps it, so that a run parses nothing (a second each time); None makes dbt parse."""
    return _loading.pop().result() if _loading else _load()


def _load_and_list() -> Any:
    """Listing nothing makes dbt compile its own classes, which its first command in a process takes a second for."""
    import_module("dagster_dbt")  # the definitions need it, and nothing else of theirs takes as long
    import_module("dbt.task.build")
    from dbt.cli.main import dbtRunner

    found = _load()
    nothing = ["ls", "--resource-type", "saved_query", "--target-path", target(), *OPTIONS]
    dbtRunner(manifest=found).invoke(["--quiet", "--no-write-json", *nothing])
    return found


def _load() -> Any:
    from dbt.contracts.graph.manifest import Manifest

    try:
        found = Manifest.from_msgpack(manifest().with_name(PARSED).read_bytes())
    except Exception:
        return None  # of another dbt version: dbt parses again and writes it anew
    found.build_flat_graph()
    return found


@cache
def project_digest() -> str:
    """Changes whenever a model, test or macro does: gold built by other models is rebuilt whole."""
    digest = hashlib.sha256()
    for path in _files():
        digest.update(path.relative_to(PROJECT_DIR).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _files() -> list[Path]:
    return sorted({p for pattern in SOURCES for p in PROJECT_DIR.glob(pattern)})
