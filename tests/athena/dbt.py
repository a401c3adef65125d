"""dbt on Athena, as the orchestration runs it: a process of its own here, so that no setting stays behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.athena.double.stack import Double
from tests.conftest import ROOT

PROJECT = ROOT / "keystone_nexus_dbt"


def run(double: Double, lake: str, env: str, folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """Runs a dbt command. Returns the results of run_results.json; fails with dbt's words where one is no success."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "KEYSTONE_"))}
    done = subprocess.run(
        [
            sys.executable, "-m", "dbt.cli.main", "--quiet", "--no-use-colors", *arguments, "--target", "athena",
            "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
            "--target-path", str(folder / "target"), "--log-path", str(folder / "logs"),
        ],
        env={**clean, **double.environment, "KEYSTONE_ENV": env, "KEYSTONE_LAKE": f"s3://{lake}"},
        cwd=folder, capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    bad = [f"{r['unique_id']}: {r['message']}" for r in results if r["status"] not in ("success", "pass")]
    assert done.returncode == 0, "\n".join([done.stdout, *bad])
    return results
