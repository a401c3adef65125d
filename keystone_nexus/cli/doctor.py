"""`keystone doctor`: what is installed, configured and reachable."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import shutil
from pathlib import Path

from keystone_nexus.cli.show import print_json, print_table
from keystone_nexus.lake.errors import EnvironmentFault, KeystoneError
from keystone_nexus.lake.lake import Lake, environment, lake_at
from keystone_nexus.private import OCTAL, VARIABLE

Line = tuple[str, str, bool, str]
"""What was looked at, what was found, whether that is good, and a note."""
PACKAGES = ("dagster", "dagster-dbt", "dbt-core", "dbt-duckdb", "duckdb", "polars", "pandera", "pyarrow")
LEAST_FREE = 1 << 30


def doctor(arguments: argparse.Namespace) -> int:
    """Prints what it finds. Raises EnvironmentFault, which names it, when something has to be mended."""
    found = [("python", platform.python_version(), True, "")]
    found += [_package(name) for name in PACKAGES]
    found += _lake(arguments)
    token = (Path.home() / ".kaggle" / "kaggle.json").exists() or "KAGGLE_KEY" in os.environ
    found.append(("kaggle token", "found" if token else "none", True, "only `keystone fetch` needs it"))
    if arguments.json:
        print_json([{"what": w, "found": f, "ok": ok, "note": note} for w, f, ok, note in found])
    else:
        print_table(["what", "found", "ok", "note"], [list(row) for row in found])
    if amiss := [what for what, _, ok, _ in found if not ok]:
        raise EnvironmentFault(f"to be mended: {', '.join(amiss)}")
    return 0


def _package(name: str) -> Line:
    try:
        return name, importlib.metadata.version(name), True, ""
    except importlib.metadata.PackageNotFoundError:
        return name, "missing", False, "run `make setup`"


def _lake(arguments: argparse.Namespace) -> list[Line]:
    on_s3: list[Line] = []
    try:
        lake = lake_at(arguments.lake, environment(arguments.env))
        on_s3 = _on_s3(lake) if lake.on_s3 else []
        lake.check_identity()
    except KeystoneError as error:
        return [*on_s3, ("lake", str(arguments.lake), False, str(error))]
    if lake.on_s3:
        return [*on_s3, ("lake", str(lake), True, _built(lake))]
    there = next(p for p in (lake.root, *lake.root.parents) if p.exists())
    free = shutil.disk_usage(there).free
    writable = os.access(there, os.W_OK)
    return [
        ("environment", lake.env, True, ""),
        ("lake", str(lake), True, _built(lake)),
        ("lake writable", str(writable).lower(), writable, "" if writable else f"grant write permission on {there}"),
        ("private", f"{there.stat().st_mode & 0o777:04o}", True, _private(there)),
        ("disk free", f"{free / 1e9:.1f} GB", free > LEAST_FREE, "" if free > LEAST_FREE else "less than 1 GB"),
        ("dagster home", os.environ.get("DAGSTER_HOME") or str(lake.dagster_home), True, ""),
        ("drop directory", os.environ.get("KEYSTONE_DROP_DIR") or "none", True, "KEYSTONE_DROP_DIR"),
    ]


def _on_s3(lake: Lake) -> list[Line]:
    """Each permission by the call that needs it."""
    from keystone_nexus.glue.probes import probes

    found = [(probe.what, probe.needs, probe.ok, probe.note) for probe in probes(lake)]
    return [("environment", lake.env, True, ""), *found]


def _private(folder: Path) -> str:
    """What should be known of who else can read a lake, and of a mask that is none."""
    named = os.environ.get(VARIABLE)
    if named and not OCTAL.fullmatch(named):
        return f"{VARIABLE}={named} is no octal mask such as 027: files are their owner's alone"
    shared = folder.stat().st_mode & 0o077 and (folder / "lake.json").exists()
    return f"other users of this machine may read it: chmod -R go= {folder}" if shared else ""


def _built(lake: Lake) -> str:
    return "" if lake.exists else "not built yet: `keystone run --source PATH`"
