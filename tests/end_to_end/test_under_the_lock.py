"""What a command means is fixed when it is given."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from keystone_nexus.lake.gold import published
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.lock import lake_lock
from tests.conftest import KEYSTONE, ROOT, keystone


def test_a_rollback_that_waited_for_a_run_refuses_what_became_of_gold(lake: Path) -> None:
    assert keystone(lake, "run", "--all", "--no-pages").returncode == 0
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KEYSTONE_", "DAGSTER_"))}
    command = [*KEYSTONE, "--lake", str(lake), "gold", "rollback"]
    with lake_lock(lake, "a run"):
        waiting = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean, cwd=ROOT
        )
        time.sleep(3)
        os.replace(_copy(lake, 1), lake / "gold/gold.duckdb")
    _, errors = waiting.communicate(timeout=60)
    assert waiting.returncode == 2
    assert "gold became version 1" in errors
    assert published(Lake(lake))["version"] == 1


def _copy(lake: Path, number: int) -> Path:
    aside = lake / "gold/aside.duckdb"
    aside.write_bytes((lake / f"gold/versions/{number:06d}.duckdb").read_bytes())
    return aside
