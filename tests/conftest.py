"""What the tests share: the real dataset where it is, lakes built once and copied."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
KEYSTONE = [sys.executable, "-m", "keystone_nexus.cli"]


def keystone(
    lake: Path | str, *arguments: str, env: dict[str, str] | None = None, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Runs the command line as a user would."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KEYSTONE_", "DAGSTER_"))}
    return subprocess.run(
        [*KEYSTONE, "--lake", str(lake), *arguments],
        capture_output=True,
        text=True,
        env={**clean, **(env or {})},
        cwd=ROOT,
        timeout=timeout,
        check=False,
    )


def rows(lake: Path, sql: str) -> list[dict[str, object]]:
    """What a query answers."""
    done = keystone(lake, "query", sql, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def olist() -> Path:
    """The real dataset. Skips where it is not there."""
    path = olist_zip()
    if path is None:
        pytest.skip("KEYSTONE_OLIST_ZIP does not name the real dataset")
    return path


def olist_zip() -> Path | None:
    """The real dataset, None where it is not there."""
    path = os.environ.get("KEYSTONE_OLIST_ZIP")
    return Path(path) if path and Path(path).is_file() else None


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small synthetic drop of all nine tables."""
    from keystone_nexus.source.synthetic import generate

    folder = tmp_path_factory.mktemp("synthetic")
    generate(folder, 0.02, 7)
    return folder


@pytest.fixture(scope="session")
def built_lake(tmp_path_factory: pytest.TempPathFactory, synthetic: Path) -> Path:
    """A lake built from the synthetic drop by the command line; do not change it."""
    return built_once(tmp_path_factory, "built", synthetic)


@pytest.fixture
def lake(built_lake: Path, tmp_path: Path) -> Path:
    """A copy of the built lake, to change."""
    return Path(shutil.copytree(built_lake, tmp_path / "lake"))


@pytest.fixture(scope="session")
def real_lake(tmp_path_factory: pytest.TempPathFactory, olist: Path) -> Path:
    """A lake built from the real data, without pages; do not change it."""
    return built_once(tmp_path_factory, "real", olist, "--no-pages")


def built_once(folders: pytest.TempPathFactory, name: str, source: Path, *options: str) -> Path:
    """A lake that the first worker of a test run builds, and every worker has a copy of."""
    shared = folders.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    first = shared / f"first-{name}"
    first.mkdir(exist_ok=True)
    with (first / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (first / "done").exists():
            ran = keystone(first / "lake", "run", "--source", str(source), *options)
            assert ran.returncode == 0, ran.stderr
            (first / "done").touch()
    return Path(shutil.copytree(first / "lake", folders.mktemp(name) / "lake"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The figures that tests recorded (`record_property`): a soak is read by its figures."""
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        if getattr(report, "when", None) == "call" and report.user_properties:
            figures = "; ".join(f"{name}: {value}" for name, value in report.user_properties)
            terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {figures}")
