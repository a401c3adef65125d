"""What was asked for automatically is done: `keystone ui` as a process, its daemon, and what goes wrong meanwhile."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from keystone_nexus.lake import ledger
from keystone_nexus.lake.lake import Lake
from tests.conftest import KEYSTONE, ROOT, keystone, rows
from tests.helpers import header_of
from tests.reliability.processes import free_port

pytestmark = pytest.mark.long
PATIENCE = 240


@dataclass
class Ui:
    """A lake, its drop folder, and the UI's log so far."""

    lake: Path
    drop: Path
    log: Path

    def said(self) -> str:
        return re.sub(r"\x1b\[[0-9;]*m", "", self.log.read_text("utf-8", "replace"))

    def alerts(self) -> list[dict[str, str]]:
        path = self.lake / "alerts.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

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


def until(holds: Callable[[], object], what: str) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends, what
        time.sleep(0.5)


@pytest.fixture(scope="module")
def ui(built_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("ui")
    subprocess.run(["cp", "-r", str(built_lake), str(folder / "lake")], check=True)
    (folder / "drop").mkdir()
    found = Ui(folder / "lake", folder / "drop", folder / "log")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KEYSTONE_", "DAGSTER_"))}
    with found.log.open("w") as log:
        process = subprocess.Popen(
            [*KEYSTONE, "--lake", str(found.lake), "ui", "--port", str(free_port())],
            env={**clean, "KEYSTONE_DROP_DIR": str(found.drop)}, cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip
        until(lambda: "source_drop" in found.said(), "the daemon does not look")
        yield found
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


def payment(ui: Ui, number: int, value: str) -> str:
    (order,) = rows(ui.lake, "select min(order_id) as order_id from silver.orders")
    return header_of("order_payments") + f"{order['order_id']},{number},boleto,1,{value}\n"


def landed(ui: Ui) -> int:
    return ledger.read(Lake(ui.lake)).position


def test_a_refused_drop_is_told_with_its_cause_and_tried_again_when_it_changed(ui: Ui) -> None:
    before = landed(ui)
    bad = ui.drop / "payments.csv"
    bad.write_text(payment(ui, 90, "5.00").replace("payment_type", "typ"))
    until(ui.alerts, "no alert was written")
    (alert,) = ui.alerts()
    assert "payments.csv: order_payments lacks the column `payment_type`" in alert["text"]
    assert alert["run_id"] in alert["text"]
    assert "deliver it again" in alert["text"]
    until(lambda: "the same state is not tried again" in ui.said(), "the log does not say why it waits")
    assert landed(ui) == before
    bad.write_text(payment(ui, 90, "5.00"))
    until(lambda: landed(ui) == before + 1, "the corrected drop was not landed")
    until(lambda: rows(ui.lake, "select 1 from silver.order_payments where payment_sequential = 90"), "not built")


def test_a_landing_whose_process_died_is_asked_for_again(ui: Ui) -> None:
    before = landed(ui)
    (ui.drop / "payments.csv").write_text(payment(ui, 91, "6.00"))
    until(lambda: ui.processes("dagster", "execute_run") or landed(ui) > before, "no landing began")
    for process in ui.processes("dagster", "execute_run"):
        os.kill(process, signal.SIGKILL)
    until(lambda: landed(ui) > before, "it was not asked for again")
    until(lambda: rows(ui.lake, "select 1 from silver.order_payments where payment_sequential = 91"), "not built")


def test_gold_follows_and_one_code_server_serves_all(ui: Ui) -> None:
    sql = "select 1 from gold.payment_mix where payments >= (select count(*) from silver.order_payments where payment_type = 'boleto') and payment_type = 'boleto'"
    until(lambda: rows(ui.lake, sql), "gold did not follow")
    assert len(ui.processes("dagster", "code-server", "start")) == 1
    assert len(ui.processes("dagster", "api", "grpc", "--lazy-load")) == 1
    assert "No heartbeat received" not in ui.said()
    looks = [line for line in ui.said().splitlines() if "Checking for new runs" in line]
    assert not looks, looks[:3]
    assert re.search(r"run [0-9a-f]{8} \(ingest\): success", ui.said())
    assert keystone(ui.lake, "verify").returncode == 0
