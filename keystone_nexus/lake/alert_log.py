"""Where alerts are kept: `alerts.jsonl` of a lake in a folder; of a lake on S3 an object for each, in its bucket."""

from __future__ import annotations

import os
import time

from keystone_nexus.lake.lake import Lake

FILE = "alerts.jsonl"
FOLDER = "alerts/"


def keep(lake: Lake, line: str) -> None:
    """Keeps one alert, a line of JSON. Raises OSError or EnvironmentFault where it cannot be kept."""
    if not lake.on_s3:
        descriptor = os.open(lake.root / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(line + "\n")
        return
    number = time.time_ns()
    while not lake.store.put_new(f"{FOLDER}{number:020d}.json", line.encode() + b"\n"):
        number += 1


def kept(lake: Lake) -> list[str]:
    """All alerts, oldest first."""
    if lake.on_s3:
        return [lake.store.read(key).decode().strip() for key in lake.store.keys(FOLDER)]
    path = lake.root / FILE
    return path.read_text("utf-8").splitlines() if path.exists() else []
