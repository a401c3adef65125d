"""A disk that is full: exit 3 in a sentence, nothing half-published, and the same command works when there is room."""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

import pytest

from tests.conftest import KEYSTONE, ROOT, keystone
from tests.helpers import files_below


def run_with_room_for(lake: Path, source: Path, size: int) -> subprocess.CompletedProcess[str]:
    """`keystone run` where no file can grow beyond a size."""
    return subprocess.run(
        [*KEYSTONE, "--lake", str(lake), "run", "--no-pages", "--source", str(source)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )


def leftovers(lake: Path) -> list[str]:
    names = [str(p.relative_to(lake)) for p in lake.rglob("*")]
    return [n for n in names if n.startswith(".staging/") or ".new" in n]


@pytest.mark.parametrize("size", [1_000, 300_000])
def test_a_disk_that_is_full_before_the_landing_publishes_nothing(tmp_path: Path, synthetic: Path, size: int) -> None:
    lake = tmp_path / "lake"
    done = run_with_room_for(lake, synthetic, size)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert "run again" in done.stderr.splitlines()[-1]
    assert leftovers(lake) == []
    assert not [
        name for name in files_below(lake) if name.startswith(("bronze/_ledger", "silver", "quarantine", "gold"))
    ]


@pytest.mark.long
def test_a_disk_that_becomes_full_while_building_is_made_good_by_the_same_command(
    tmp_path: Path, synthetic: Path
) -> None:
    lake = tmp_path / "lake"
    done = run_with_room_for(lake, synthetic, 5_000_000)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert not (lake / "gold" / "gold.duckdb").exists()
    checked = keystone(lake, "check")
    assert checked.returncode in (0, 1)
    assert "Traceback" not in checked.stderr
    done = keystone(lake, "run", "--no-pages", "--source", str(synthetic))
    assert done.returncode == 0, done.stderr
    assert leftovers(lake) == []
    assert (lake / "gold" / "gold.duckdb").exists()
    assert keystone(lake, "verify").returncode == 0
