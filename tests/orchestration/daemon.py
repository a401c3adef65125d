"""`keystone ui` as a process with its daemon and sensors, on a small lake, and what became of what they asked for."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg

from keystone_nexus.lake import ledger
from keystone_nexus.lake.gold import published
from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration.attempts import UNDER_WAY
from keystone_nexus.orchestration.pages import PAGES
from tests.conftest import KEYSTONE, ROOT
from tests.reliability.processes import free_port

RUN = dg.DagsterRunStatus
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Daemon:
    """Sensors look every two seconds. The drop folder is `folder/drop`, the lake `folder/lake`."""

    def __init__(self, folder: Path) -> None:
        self.lake, self.drop, self.port = Lake(folder / "lake"), folder / "drop", free_port()
        self.log = folder / "ui.log"
        self.drop.mkdir()
        env = {k: v for k, v in os.environ.items() if not k.startswith(("KEYSTONE_", "DAGSTER_"))}
        env |= {"KEYSTONE_DROP_DIR": str(self.drop), "KEYSTONE_TICK_SECONDS": "2"}
        command = [*KEYSTONE, "--lake", str(self.lake), "ui", "--port", str(self.port)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log)
        self.wait(lambda: "source_drop" in self.said(), "the daemon's first look")
        self.instance = dg.DagsterInstance.from_config(str(self.lake.dagster_home))

    def stop(self) -> int:
        self.instance.dispose()
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def said(self) -> str:
        return COLOURS.sub("", self.log.read_text("utf-8", "replace"))

    def wait(self, ready: Callable[[], Any], what: str, seconds: float = 180.0) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.said()
            if found := ready():
                return found
            time.sleep(0.3)
        raise AssertionError(f"{what} did not come within {seconds:g} s\n{self.said()[-6000:]}")

    def runs(self, job: str, *statuses: RUN) -> list[dg.DagsterRun]:
        """Newest first."""
        return list(self.instance.get_runs(dg.RunsFilter(job_name=job, statuses=list(statuses) or None)))

    def deliver(self, name: str, text: str) -> None:
        """As whoever is careful does: whole at once."""
        aside = self.drop.parent / name
        aside.write_text(text)
        aside.rename(self.drop / name)

    def landed(self) -> int:
        return ledger.read(self.lake).position

    def alerts(self, run: dg.DagsterRun) -> list[str]:
        """What was alerted of a run."""
        path = self.lake.root / "alerts.jsonl"
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
        return [line["text"] for line in lines if line.get("run_id") == run.run_id]

    def built(self) -> dict[str, int]:
        """How often each page was built."""
        keys = {name: dg.AssetKey(["analytics", name]) for name in PAGES}
        return {name: len(self.instance.fetch_materializations(key, limit=50).records) for name, key in keys.items()}

    def settled(self) -> bool:
        """Gold shows silver, every page shows gold, and nothing is under way."""
        notes = {path.name for path in (self.lake.root / "analytics" / ".built").glob("*")}
        under_way = self.instance.get_runs_count(dg.RunsFilter(statuses=[*UNDER_WAY, RUN.NOT_STARTED]))
        return bool(published(self.lake)) and notes >= set(PAGES) and not under_way

    def processes(self, *words: str) -> list[int]:
        """Those of this lake whose command line has all the words."""
        found: list[int] = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                command = (place / "cmdline").read_text().replace("\0", " ")
                mine = f"KEYSTONE_LAKE={self.lake}" in (place / "environ").read_text()
            except OSError:
                continue
            if mine and all(word in command for word in words):
                found.append(int(place.name))
        return found
