"""The operator's guide's table of what is asked for by itself, with a real daemon, line by line.

Once for one change; again after a refusal was corrected, a cancel, a process that died, a fault of the machine. The line
of `order_stream` has a real Kafka besides: tests/reliability.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.tags import SCHEDULE_NAME_TAG

from keystone_nexus.lake.gold import published
from keystone_nexus.lake.lock import lake_lock
from keystone_nexus.orchestration.attempts import TAG
from keystone_nexus.orchestration.partitions import range_tags
from keystone_nexus.orchestration.scheduled_runs import tags_of
from tests.conftest import keystone
from tests.deploy.stack import graphql
from tests.orchestration.daemon import RUN, Daemon
from tests.small_drops import good_row, write

pytestmark = pytest.mark.long

CANCEL = "mutation($id: String!) { terminateRun(runId: $id) { __typename } }"
DAY = date(2018, 1, 5)
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


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One for all of them: the tests go from one state of the lake to the next, in their order."""
    folder = tmp_path_factory.mktemp("daemon")
    done = keystone(folder / "lake", "run", "--source", str(write(ONE, folder / "first")), "--no-pages")
    assert done.returncode == 0, done.stderr
    found = Daemon(folder)
    ended = False
    try:
        yield found
        ended = True
    finally:
        code = found.stop()
    assert not ended or code == 130


def sellers(*names: str) -> str:
    rows = "".join(f"{name},01001,sao paulo,SP\n" for name in names)
    return f"seller_id,seller_zip_code_prefix,seller_city,seller_state\n{rows}"


@contextmanager
def no_folder(place: Path) -> Iterator[None]:
    """A fault of the machine: what is a folder is none for a while."""
    aside = place.with_name(f"{place.name}-aside")
    shutil.move(place, aside)
    place.write_text("no folder")
    yield
    place.unlink()
    shutil.move(aside, place)


def test_a_drop_lands_and_all_that_follows_from_it_is_built_once(daemon: Daemon) -> None:
    daemon.wait(daemon.settled, "the pages of the first gold")
    assert set(daemon.built().values()) == {1}
    version = published(daemon.lake)["version"]
    daemon.deliver("a.csv", sellers("s1", "s2"))
    daemon.wait(lambda: daemon.landed() == 2, "the landing")
    daemon.wait(lambda: published(daemon.lake)["version"] > version, "gold")
    daemon.wait(lambda: min(daemon.built().values()) > 1 and daemon.settled(), "the pages")
    time.sleep(8)
    assert set(daemon.built().values()) == {2}, "a page is built once for one change"
    assert len(daemon.runs("ingest")) == 2, "the command line's, and one for the drop"
    assert re.search(r"run [0-9a-f]{8} \(ingest\): success", daemon.said())


def test_a_refused_drop_is_told_with_its_cause_and_tried_again_when_it_changed(daemon: Daemon) -> None:
    position = daemon.landed()
    daemon.deliver("b.csv", sellers("s3").replace("seller_city", "town"))
    (failed,) = daemon.wait(lambda: daemon.runs("ingest", RUN.FAILURE), "the refusal")
    (text,) = daemon.wait(lambda: daemon.alerts(failed), "the alert")
    assert "b.csv: sellers lacks the column `seller_city`" in text
    assert failed.run_id in text
    assert "deliver it again" in text
    daemon.wait(lambda: "the same state is not tried again" in daemon.said(), "why it waits")
    assert daemon.landed() == position
    daemon.deliver("b.csv", sellers("s3"))
    daemon.wait(lambda: daemon.landed() == position + 1, "the landing of what was corrected")


def test_a_landing_whose_process_died_is_asked_for_again(daemon: Daemon) -> None:
    daemon.wait(daemon.settled, "quiet")
    position = daemon.landed()
    with lake_lock(daemon.lake.root, "a test"):
        daemon.deliver("c.csv", sellers("s4"))
        daemon.wait(lambda: daemon.runs("ingest", RUN.STARTED), "the landing that waits for the lock")
        for process in daemon.processes("dagster", "execute_run"):
            os.kill(process, signal.SIGKILL)
        daemon.wait(lambda: not daemon.processes("dagster", "execute_run"), "its end")
    daemon.wait(lambda: daemon.landed() == position + 1, "the landing")


def test_a_landing_that_a_person_cancelled_is_asked_for_again_after_a_wait(daemon: Daemon) -> None:
    daemon.wait(daemon.settled, "quiet")
    position = daemon.landed()
    with lake_lock(daemon.lake.root, "a test"):
        daemon.deliver("d.csv", sellers("s5"))
        waiting = daemon.wait(lambda: daemon.runs("ingest", RUN.STARTED), "the landing that waits for the lock")[0]
        graphql(daemon.port, CANCEL, id=waiting.run_id)
        daemon.wait(lambda: daemon.runs("ingest", RUN.CANCELED), "the cancel")
    daemon.wait(lambda: "cancelled by a person; asked for again at" in daemon.said(), "why it waits")
    daemon.wait(lambda: daemon.landed() == position + 1, "the landing")
    assert len(daemon.runs("ingest", RUN.CANCELED)) == 1


def test_a_landing_that_the_machine_made_fail_is_asked_for_again_until_it_is_done(daemon: Daemon) -> None:
    daemon.wait(daemon.settled, "quiet")
    position, version = daemon.landed(), published(daemon.lake)["version"]
    before = {run.run_id for run in daemon.runs("ingest", RUN.FAILURE)}
    with no_folder(daemon.lake.layer("bronze") / "sellers"):
        daemon.deliver("e.csv", sellers("s6"))
        failed = daemon.wait(
            lambda: [run for run in daemon.runs("ingest", RUN.FAILURE) if run.run_id not in before], "the failure"
        )[0]
        (text,) = daemon.wait(lambda: daemon.alerts(failed), "the alert")
        assert "it is asked for again after" in text
    daemon.wait(lambda: daemon.landed() == position + 1, "the landing")
    daemon.wait(lambda: published(daemon.lake)["version"] > version, "gold")


@pytest.mark.parametrize("layer", ["silver", "gold", "analytics"])
def test_what_follows_a_landing_is_asked_for_again_too(daemon: Daemon, layer: str) -> None:
    """Days of silver, gold and pages, each alone over a folder that is none for a while."""
    daemon.wait(daemon.settled, "quiet")
    version, pages = published(daemon.lake)["version"], min(daemon.built().values())
    failed = {run.run_id for run in daemon.instance.get_runs(dg.RunsFilter(statuses=[RUN.FAILURE]))}
    place = {"silver": "silver/sellers", "gold": "gold", "analytics": "analytics"}[layer]
    with no_folder(daemon.lake.root / place):
        daemon.deliver("f.csv", sellers(f"of-{layer}"))
        daemon.wait(
            lambda: {r.run_id for r in daemon.instance.get_runs(dg.RunsFilter(statuses=[RUN.FAILURE]))} > failed,
            "the failure",
        )
    daemon.wait(lambda: (published(daemon.lake) or {"version": 0})["version"] > version, "gold")
    daemon.wait(lambda: min(daemon.built().values()) > pages and daemon.settled(), "the pages", 240)


def test_a_daily_run_that_came_to_nothing_is_asked_for_again(daemon: Daemon) -> None:
    daemon.wait(daemon.settled, "quiet")
    tags = {**range_tags(DAY, DAY), **tags_of("daily", DAY), SCHEDULE_NAME_TAG: "daily"}
    lost = daemon.instance.add_run(dg.DagsterRun("lakehouse", tags=tags, status=RUN.FAILURE))
    succeeded = dg.RunsFilter(tags={TAG: f"daily-{DAY}"}, statuses=[RUN.SUCCESS])
    (again,) = daemon.wait(lambda: daemon.instance.get_runs(succeeded), "the second run of the day")
    assert lost.run_id in again.tags["dagster/run_key"]
    daemon.wait(lambda: f"daily-{DAY} is done" in daemon.said(), "that it is done")


def test_one_code_server_serves_all_and_the_lake_is_whole(daemon: Daemon) -> None:
    daemon.wait(daemon.settled, "quiet")
    assert len(daemon.processes("dagster", "code-server", "start")) == 1
    assert len(daemon.processes("dagster", "api", "grpc", "--lazy-load")) == 1
    assert "No heartbeat received" not in daemon.said()
    looks = [line for line in daemon.said().splitlines() if "Checking for new runs" in line]
    assert not looks, looks[:3]
    assert keystone(daemon.lake.root, "verify").returncode == 0
