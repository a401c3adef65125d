"""A disk that is full while events land: exit 3 in a sentence, nothing published, and the same command lands later."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import KEYSTONE, ROOT
from tests.order_events import placed
from tests.reliability.brokers import Brokers
from tests.reliability.lakes import UntouchedBronze, bronze_ids, check_landed, land, leftovers
from tests.reliability.topics import create, event_ids, put

pytestmark = pytest.mark.reliability
EVENTS = 4000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "none", folder], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(kafka: Brokers, topic: str) -> None:
    create(kafka.addresses, topic)
    put(kafka.addresses, topic, [placed(f"o{n}", items=[("p1", "s1", 100)]) for n in range(EVENTS)])


def check_fault(done: subprocess.CompletedProcess[str], lake: Path) -> None:
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert "run again" in done.stderr.splitlines()[-1]
    assert bronze_ids(lake).total() == 0
    assert not list((lake / "bronze").glob("order_events/**/*.parquet"))
    assert leftovers(lake) == []


def land_when_there_is_room(kafka: Brokers, topic: str, lake: Path) -> None:
    bronze = UntouchedBronze(lake)
    done = land(lake, kafka.addresses, topic)
    assert done.returncode == 0, done.stderr
    assert bronze.look() == 1
    check_landed(lake, event_ids(kafka.addresses, topic))


def test_a_full_disk_publishes_nothing(kafka: Brokers, reference_lake: Path, small_disk: Path, tmp_path: Path) -> None:
    """Dagster's history is elsewhere, so that it is the events that find no room."""
    fill(kafka, "full-disk")
    lake = Path(shutil.copytree(reference_lake, small_disk / "lake"))
    room = shutil.disk_usage(small_disk).free - (160 << 10)
    with (small_disk / "ballast").open("wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, room)
    history = tmp_path / "history"
    history.mkdir()
    done = land(lake, kafka.addresses, "full-disk", DAGSTER_HOME=str(history))
    (small_disk / "ballast").unlink()
    check_fault(done, lake)
    assert "No space left on device" in done.stderr
    land_when_there_is_room(kafka, "full-disk", lake)


def test_an_object_that_cannot_grow_publishes_nothing(kafka: Brokers, lake: Path) -> None:
    """The same for whoever cannot mount: no file may grow beyond 300 kB."""
    fill(kafka, "no-room")
    limit = (300_000, 300_000)
    done = subprocess.run(
        [*KEYSTONE, "--lake", str(lake), "stream", "land"],
        env={**os.environ, "KEYSTONE_KAFKA_BROKERS": kafka.addresses, "KEYSTONE_KAFKA_TOPIC": "no-room"},
        capture_output=True, text=True, cwd=ROOT, timeout=120, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
    )  # fmt: skip
    check_fault(done, lake)
    land_when_there_is_room(kafka, "no-room", lake)
