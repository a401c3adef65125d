"""A drop is taken once it stood still, asked for until it is in the lake, and not again before it changes if refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from keystone_nexus.definitions import defs
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.lock import lake_lock
from keystone_nexus.orchestration import attempts
from keystone_nexus.orchestration.drop_folder import drop_ticked
from keystone_nexus.source.land import land
from tests.helpers import nine_headers
from tests.orchestration.failed_runs import fail_step

EPOCH = time.time() - time.monotonic()


class Watched:
    """The sensor with its cursor kept, over a lake of its own and an instance that runs nothing by itself."""

    def __init__(self, instance: dg.DagsterInstance, folder: Path, lake: Lake) -> None:
        self.instance, self.folder, self.lake = instance, folder, lake
        self.cursor: str | None = None
        self.said = ""

    def look(self) -> dg.RunRequest | None:
        found = drop_ticked(dg.build_sensor_context(instance=self.instance, cursor=self.cursor))
        assert isinstance(found, dg.SensorResult)
        self.cursor, self.said = found.cursor, str(found.skip_reason and found.skip_reason.skip_message)
        return found.run_requests[0] if found.run_requests else None

    def asked(self) -> dg.RunRequest:
        """Looks until it asks: twice after a change."""
        found = self.look() or self.look()
        assert found is not None, self.said
        return found

    def run(self, request: dg.RunRequest, status: dg.DagsterRunStatus) -> dg.DagsterRun:
        run = dg.DagsterRun("ingest", tags=dict(request.tags), status=status)
        self.instance.add_run(run)
        return run

    def land(self) -> None:
        with lake_lock(self.lake.root, "test"):
            land(self.lake, str(self.folder))


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    folder = nine_headers(tmp_path / "drop")
    lake = Lake(tmp_path / "lake")
    lake.create()
    monkeypatch.setenv("KEYSTONE_DROP_DIR", str(folder))
    monkeypatch.setenv("KEYSTONE_LAKE", str(lake.root))
    monkeypatch.delenv("KEYSTONE_ENV", raising=False)
    with dg.DagsterInstance.ephemeral() as instance:
        yield Watched(instance, folder, lake)


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(attempts.time, "time", lambda: time.monotonic() + EPOCH + seconds)


def test_a_drop_is_taken_once_it_stood_still_for_two_looks(watched: Watched) -> None:
    assert watched.look() is None, "seen once"
    (watched.folder / "more_orders.csv").write_text("a")
    assert watched.look() is None, "it grew"
    first = watched.look()
    assert first is not None
    assert first.run_key is not None
    assert len(first.run_key) < 64, "short, however many files there are"
    (watched.folder / "more_orders.csv").write_text("ab")
    assert watched.look() is None
    again = watched.look()
    assert again is not None
    assert again.run_key != first.run_key, "another content, another run"


def test_what_is_no_csv_file_asks_for_nothing(watched: Watched) -> None:
    for file in watched.folder.iterdir():
        file.unlink()
    for name in ("README.txt", ".DS_Store", "orders.csv.tmp", "._orders.csv"):
        (watched.folder / name).write_text("x")
    assert watched.look() is None
    assert watched.look() is None
    assert "holds no CSV file" in watched.said


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED])
def test_a_drop_is_asked_for_until_it_landed(
    watched: Watched, status: dg.DagsterRunStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[str | None] = []
    for times in (1, 2, 3):
        request = watched.asked()
        keys.append(request.run_key)
        watched.run(request, status)
        later(monkeypatch, 0)
        assert watched.look() is None
        assert "asked for again at" in watched.said
        later(monkeypatch, 31 * 2.0**times)
    assert len(set(keys)) == 3
    watched.land()
    watched.run(watched.asked(), dg.DagsterRunStatus.SUCCESS)
    assert watched.look() is None
    assert "are in the lake" in watched.said


def test_a_landing_that_only_says_that_it_succeeded_is_asked_for_again(watched: Watched) -> None:
    watched.run(watched.asked(), dg.DagsterRunStatus.SUCCESS)
    assert watched.look() is not None, "the ledger does not know the files"


def test_a_drop_that_is_refused_waits_for_a_change(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    run = watched.run(watched.asked(), dg.DagsterRunStatus.STARTED)
    fail_step(watched.instance, run, "bronze", "Refused", "orders.csv lacks the column order_id")
    later(monkeypatch, 7200)
    assert watched.look() is None
    assert "orders.csv lacks the column order_id" in watched.said
    assert "not tried again" in watched.said
    (watched.folder / "orders.csv").chmod(0o600)
    assert watched.asked() is not None, "what may be read now is a change too"


def test_a_folder_whose_files_go_while_it_is_read_stops_no_sensor(watched: Watched) -> None:
    (watched.folder / "nowhere.csv").symlink_to(watched.folder / "gone")
    assert watched.asked() is not None, "the landing says what is wrong"


def test_a_watched_folder_without_a_file_is_no_fault_of_a_daily_run(watched: Watched) -> None:
    """Nobody delivered anything: what is in the lake is still to be built. A named source without a file is refused."""
    watched.land()
    for file in watched.folder.iterdir():
        file.unlink()
    landing = defs.resolve_job_def("ingest")
    with dg.DagsterInstance.ephemeral() as instance:
        assert landing.execute_in_process(instance=instance).success
        config = {"ops": {"bronze": {"config": {"source": str(watched.lake.root)}}}}
        named = landing.execute_in_process(instance=instance, run_config=config, raise_on_error=False)
        assert not named.success
