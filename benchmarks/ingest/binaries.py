"""Where the built programs are."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
RELEASE = ROOT / "build" / "ingest" / "release"
INGEST = str(RELEASE / "keystone-ingest")
NOOP = str(RELEASE / "keystone-noop")


@cache
def rdkafka_performance() -> str:
    """librdkafka's own tool, built once on the librdkafka that the server is built on."""
    script = ROOT / "cpp_ingest" / "scripts" / "rdkafka_performance.sh"
    done = subprocess.run(["bash", str(script)], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]
