"""What is asked for by itself, with a real daemon: once for one change, again after a cancel and after the machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from keystone_nexus.lake import ledger
from keystone_nexus.lake.gold import published
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.lock import lake_lock
from keystone_nexus.orchestration.pages import PAGES
from tests.conftest import KEYSTONE, ROOT, keystone
from tests.deploy.stack import graphql
from tests.reliability.processes import free_port
from tests.small_drops import good_row, write

pytestmark = pytest.mark.long

RUN = dg.DagsterRunStatus
CANCEL = "mutation($id: String!) { terminateRun(runId: $id) { __typename } }"
ONE: dict[str, list[dict[str, str]]] = {
    "orders": [good_row("orders", order_id="o1", customer_id="c1")],
    "order_items": [good_row("order_items", order_id="o1", product_id="p1", seller_id="s1")],
    "order_payments": [good_row("order_payments", order_id="o1")],
    "order_reviews": [],
    "customers": [good_row("customers", customer_id="c1")],
    "sellers": [good_row("sellers", seller_id="s1")],
    "products": [good_row("products", product_id="p1")],
    "geolocation": [],
    "product_category_translation": [],
}


class Daemon:
    """`keystone ui` with its sensors, and what became of what they asked for."""

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

    def stop(self) -> None:
        self.instance.dispose()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def wait(self, ready: Callable[[], Any], what: str, seconds: float = 120.0) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.said()
            if found := ready():
                return found
            time.sleep(0.3)
        raise AssertionError(f"{what} did not come within {seconds:g} s\n{self.said()[-6000:]}")

    def runs(self, job: str, *statuses: RUN) -> list[dg.DagsterRun]:
        found = self.instance.get_runs(dg.RunsFilter(job_name=job, statuses=list(statuses) or None))
        return list(found)

    def deliver(self, name: str, text: str) -> None:
        """As whoever is careful does: whole at once."""
        aside = self.drop.parent / name
        aside.write_text(text)
        aside.rename(self.drop / name)

    def landed(self) -> int:
        return ledger.read(self.lake).position

    def alerts(self) -> list[dict[str, str]]:
        path = self.lake.root / "alerts.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    def built(self) -> dict[str, int]:
        """How often each page was built."""
        keys = {name: dg.AssetKey(["analytics", name]) for name in PAGES}
        return {name: len(self.instance.fetch_materializations(key, limit=50).records) for name, key in keys.items()}

    def settled(self) -> bool:
        """Gold shows silver, every page shows gold, and nothing is under way."""
        notes = {path.name for path in (self.lake.root / "analytics" / ".built").glob("*")}
        active = self.runs_under_way()
        return bool(published(self.lake)) and notes >= set(PAGES) and not active

    def runs_under_way(self) -> int:
        return self.instance.get_runs_count(
            dg.RunsFilter(statuses=[RUN.QUEUED, RUN.NOT_STARTED, RUN.STARTING, RUN.STARTED, RUN.CANCELING])
        )


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One for all of them: the tests go from one state of the lake to the next, in their order."""
    folder = tmp_path_factory.mktemp("daemon")
    done = keystone(folder / "lake", "run", "--source", str(write(ONE, folder / "first")), "--no-pages")
    assert done.returncode == 0, done.stderr
    found = Daemon(folder)
    try:
        yield found
    finally:
        found.stop()


def sellers(*names: str) -> str:
    rows = "".join(f"{name},01001,sao paulo,SP\n" for name in names)
    return f"seller_id,seller_zip_code_prefix,seller_city,seller_state\n{rows}"


def test_a_drop_lands_and_all_that_follows_from_it_is_built_once(daemon: Daemon) -> None:
    daemon.wait(daemon.settled, "the pages of the first gold", 180)
    assert set(daemon.built().values()) == {1}
    version = published(daemon.lake)["version"]
    daemon.deliver("a.csv", sellers("s1", "s2"))
    daemon.wait(lambda: daemon.landed() == 2, "the landing")
    daemon.wait(lambda: published(daemon.lake)["version"] > version, "gold")
    daemon.wait(lambda: min(daemon.built().values()) > 1 and daemon.settled(), "the pages", 180)
    time.sleep(8)
    assert set(daemon.built().values()) == {2}, "a page is built once for one change"
    assert len(daemon.runs("ingest")) == 2, "the command line's, and one for the drop"
    assert re.search(r"run [0-9a-f]{8} \(ingest\): success", daemon.said())


def test_a_landing_that_a_person_cancelled_is_asked_for_again_after_a_wait(daemon: Daemon) -> None:
    daemon.wait(daemon.settled, "quiet", 180)
    position = daemon.landed()
    with lake_lock(daemon.lake.root, "a test"):
        daemon.deliver("b.csv", sellers("s4"))
        waiting = daemon.wait(lambda: daemon.runs("ingest", RUN.STARTED), "the landing that waits for the lock")[0]
        graphql(daemon.port, CANCEL, id=waiting.run_id)
        daemon.wait(lambda: daemon.runs("ingest", RUN.CANCELED), "the cancel")
    daemon.wait(lambda: "cancelled by a person; asked for again at" in daemon.said(), "why it waits")
    daemon.wait(lambda: daemon.landed() == position + 1, "the landing", 90)
    assert len(daemon.runs("ingest", RUN.CANCELED)) == 1


def test_what_the_machine_made_fail_is_asked_for_again_until_it_is_done(daemon: Daemon) -> None:
    """A landing, days of silver and gold, each over a folder that is none for a while."""
    daemon.wait(daemon.settled, "quiet", 180)
    position, version = daemon.landed(), published(daemon.lake)["version"]
    folder, aside = daemon.lake.layer("bronze") / "sellers", daemon.lake.root.parent / "aside"
    shutil.move(folder, aside)
    folder.write_text("no folder")
    daemon.deliver("c.csv", sellers("s5"))
    failed = daemon.wait(lambda: [r for r in daemon.runs("ingest", RUN.FAILURE) if _asked(r, daemon)], "the failure")
    alert = daemon.wait(lambda: [a for a in daemon.alerts() if a.get("run_id") == failed[0].run_id], "the alert")[0]
    assert "it is asked for again after" in alert["text"]
    folder.unlink()
    shutil.move(aside, folder)
    daemon.wait(lambda: daemon.landed() == position + 1, "the landing", 90)
    daemon.wait(lambda: published(daemon.lake)["version"] > version, "gold", 120)
    daemon.wait(daemon.settled, "the pages", 180)


def _asked(run: dg.DagsterRun, daemon: Daemon) -> bool:
    """The newest: earlier tests left failures of their own."""
    return run.run_id == daemon.runs("ingest")[0].run_id
