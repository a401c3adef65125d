"""Which code made a page."""

from __future__ import annotations

import os
import subprocess
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
OURS = ("keystone_nexus", "keystone_nexus_dbt", "analysis")


@lru_cache(1)
def code_version() -> str:
    """The commit, with `+changes` where files of it were changed since; of an installed package, its version.

    An image has no checkout: `KEYSTONE_COMMIT` says what it was built from.
    """
    named = os.environ.get("KEYSTONE_COMMIT")
    if named:
        return named[:12]
    if not (CHECKOUT / ".git").exists():
        return version("keystone-nexus")
    try:
        return _git("rev-parse", "--short=12", "HEAD") + ("+changes" if _changed() else "")
    except (OSError, subprocess.CalledProcessError):
        return version("keystone-nexus")  # no git on this machine, or a checkout of somebody else


def _changed() -> bool:
    found = _git("status", "--porcelain", "--untracked-files=no", "--", *OURS)
    # What this code made is no change of it.
    return any(not line[3:].startswith(("analysis/charts/", "analysis/key_insights.md")) for line in found.splitlines())


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(CHECKOUT), *arguments],  # noqa: S607  git is where the user has it
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return done.stdout.rstrip("\n")
