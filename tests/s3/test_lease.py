"""Locks on S3: an owner that died is found out without any clock, and one that lost its hold writes nothing more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from keystone_nexus.lake.errors import EnvironmentFault
from keystone_nexus.lake.lake import lake_at
from keystone_nexus.lake.s3 import lease
from keystone_nexus.lake.s3.lease import ALL, Holds
from keystone_nexus.lake.s3.objects import Place
from tests.s3.conftest import new_lake
from tests.s3.server import S3

HOLDER = """
import sys, time
from keystone_nexus.lake.s3 import lease
from keystone_nexus.lake.s3.lease import ALL, Holds
from keystone_nexus.lake.s3.objects import Place
with Holds(Place(sys.argv[1], "_locks/lake"), renew=0.1, expires=1).hold("a run that dies", ALL, 0):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def bucket(s3: S3) -> str:
    return f"{new_lake(s3).removeprefix('s3://')}-silver"


def holds(bucket: str, renew: float = 0.1, expires: float = 1.0) -> Holds:
    return Holds(Place(bucket, "_locks/lake"), renew, expires)


def test_a_killed_holder_of_another_machine_is_found_out_and_followed(
    s3: S3, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "machine", lambda: "another")
    env = {**os.environ, **s3.env}
    with subprocess.Popen([sys.executable, "-c", HOLDER, bucket], env=env, stdout=subprocess.PIPE, text=True) as held:
        assert held.stdout is not None
        assert held.stdout.readline() == "held\n"
        told = pytest.raises(EnvironmentFault, match=r"is held by process .* on .* .`a run that dies`, since 20")
        with told, holds(bucket).hold("impatient", ALL, 0.5):
            pass
        held.send_signal(signal.SIGKILL)
    started = time.monotonic()
    with holds(bucket).hold("the next", ALL, 10):
        assert time.monotonic() - started >= 0.9, "nobody knows sooner that it died"


def test_a_killed_holder_of_this_machine_is_known_at_once(s3: S3, bucket: str) -> None:
    env = {**os.environ, **s3.env}
    with subprocess.Popen([sys.executable, "-c", HOLDER, bucket], env=env, stdout=subprocess.PIPE, text=True) as held:
        assert held.stdout is not None
        assert held.stdout.readline() == "held\n"
        held.send_signal(signal.SIGKILL)
    with holds(bucket, expires=3600).hold("the next", ALL, 0):
        pass


def test_a_living_holder_keeps_what_it_holds_however_long(s3: S3, bucket: str) -> None:
    mine = holds(bucket)
    with mine.hold("long", ALL, 0):
        with pytest.raises(EnvironmentFault), holds(bucket).hold("other", ALL, 2.5):
            pass
        mine.check()


def test_who_could_not_renew_publishes_nothing_more(s3: S3, bucket: str) -> None:
    mine = holds(bucket)
    with mine.hold("cut off", ALL, 0):
        s3.answer = lambda _: ("403", "AccessDenied")
        time.sleep(1.2)
        with pytest.raises(EnvironmentFault, match="could not be renewed"):
            mine.check()
        s3.answer = None


def test_many_writers_of_one_object_lose_no_hold(s3: S3, bucket: str) -> None:
    """Compare-and-swap: each hold is in the list, whoever wrote last."""
    busy, most = list[int](), list[int]()
    guard = threading.Lock()

    def work(number: int) -> None:
        with holds(bucket, renew=5, expires=20).hold(f"days of {number}", (0, 0), 30):
            with guard:
                busy.append(number)
                most.append(len(busy))
            time.sleep(0.01)
            with guard:
                busy.remove(number)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 6


def test_a_store_that_lost_its_lock_refuses_to_write(s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = lake_at(new_lake(s3), "local")
    lake.create()
    store = lake.store
    monkeypatch.setattr(store, "_lake_lock", holds(f"{store.lake}-silver"))  # type: ignore[attr-defined]
    with store.lock("a run"):
        store.put("silver/orders/x", b"x")
        s3.answer = lambda environ: ("500", "InternalError") if "_locks" in environ["PATH_INFO"] else None
        time.sleep(1.2)
        with pytest.raises(EnvironmentFault, match="nothing more is published"):
            store.put("silver/orders/y", b"y")
        s3.answer = None
    assert store.keys("silver/orders/") == ["silver/orders/x"]
