"""Where the dbt project is, and its manifest, parsed when it is missing or older than the project."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

PROJECT_DIR = Path(__file__).parents[2] / "keystone_nexus_dbt"
MANIFEST = PROJECT_DIR / "target" / "manifest.json"
PARSED = PROJECT_DIR / "target" / "partial_parse.msgpack"
SOURCES = ("*.yml", "models/**/*.sql", "models/**/*.yml", "macros/**/*.sql", "tests/**/*.sql")


def manifest() -> Path:
    """The manifest's path; parses the project first where that is needed."""
    if not MANIFEST.exists() or any(MANIFEST.stat().st_mtime < path.stat().st_mtime for path in _files()):
        from dbt.cli.main import dbtRunner

        answer = dbtRunner().invoke(
            ["--quiet", "parse", "--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
        )
        if not answer.success:
            raise RuntimeError(f"the dbt project does not parse: {answer.exception}")
    return MANIFEST


def parsed() -> Any:
    """The parsed project as dbt keeps it, so that a run parses nothing (a second each time); None makes dbt parse."""
    from dbt.contracts.graph.manifest import Manifest

    manifest()
    try:
        found = Manifest.from_msgpack(PARSED.read_bytes())
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
