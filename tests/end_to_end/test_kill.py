"""kill -9 of the whole process group at random moments: the same command again leaves the lake as if nothing was."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from pathlib import Path

import pytest

from tests.conftest import KEYSTONE, ROOT, keystone
from tests.end_to_end.test_commands import gold_rows, silver_bytes

KILLS = int(os.environ.get("KEYSTONE_KILLS", "3"))
ROUNDS = 5
"""Kills in a row on one lake at most, before the command is let through and the lake is compared."""


def killed(lake: Path, source: Path, after: float, *options: str) -> bool:
    """Starts a run and kills it. Returns whether it was killed before it was done."""
    process = subprocess.Popen(
        [*KEYSTONE, "--lake", str(lake), "--quiet", "run", "--source", str(source), *options],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


@pytest.mark.parametrize("batch", range(max(1, KILLS // ROUNDS)))
def test_killed_at_any_moment(tmp_path: Path, synthetic: Path, built_lake: Path, batch: int) -> None:
    chance = random.Random(batch)
    lake = tmp_path / "lake"
    pages = [] if batch == 1 else ["--no-pages"]  # they are as long as all the rest
    for _ in range(min(ROUNDS, KILLS)):
        killed(lake, synthetic, chance.uniform(0.3, 9.0), *pages)
    done = keystone(lake, "run", "--source", str(synthetic), *pages)
    assert done.returncode == 0, done.stderr
    assert silver_bytes(lake) == silver_bytes(built_lake)
    assert gold_rows(lake) == gold_rows(built_lake)
    checked = keystone(lake, "verify")
    assert checked.returncode == 0, checked.stderr
    assert not list((lake / ".staging").glob("*"))
    assert not list(lake.rglob(".new-*"))
