"""What every store promises, tried on a folder and on S3 (a server here; the real one by KEYSTONE_TEST_S3_LAKE)."""

from __future__ import annotations

import json
import threading
from datetime import date
from pathlib import Path

import pytest

from keystone_nexus.lake.alert_log import kept
from keystone_nexus.lake.errors import EnvironmentFault
from keystone_nexus.lake.lake import Lake, lake_at
from keystone_nexus.lake.store import Store
from keystone_nexus.orchestration.automation import write_alert
from tests.s3.conftest import new_lake, real_s3

DAY = "silver/orders/year=2017/month=11/day=24/part-0.parquet"


@pytest.fixture(params=["folder", "s3", *(["real"] if real_s3() else [])])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    match request.param:
        case "folder":
            made = Lake(tmp_path / "lake")
        case "s3":
            made = lake_at(new_lake(request.getfixturevalue("s3")), "local")
        case _:
            made = lake_at(str(real_s3()), "ci")
    made.create()
    return made


@pytest.fixture
def store(lake: Lake) -> Store:
    return lake.store


def staged(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / f"staged-{len(list(tmp_path.glob('staged-*')))}"
    path.write_bytes(content)
    return path


def test_the_first_to_put_an_object_keeps_it(store: Store, tmp_path: Path) -> None:
    assert store.put_new("bronze/orders/a.parquet", b"first")
    assert not store.put_new("bronze/orders/a.parquet", b"second")
    late = staged(tmp_path, b"third")
    assert not store.put_new("bronze/orders/a.parquet", late)
    assert not late.exists()
    assert store.read("bronze/orders/a.parquet") == b"first"


def test_of_many_that_race_one_wins(store: Store) -> None:
    barrier, won = threading.Barrier(8), list[int]()

    def race(number: int) -> None:
        barrier.wait()
        if store.put_new("bronze/orders/raced", str(number).encode()):
            won.append(number)

    threads = [threading.Thread(target=race, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert store.read("bronze/orders/raced") == str(won[0]).encode()


def test_an_object_is_read_as_it_is_now(store: Store, tmp_path: Path) -> None:
    store.put(DAY, staged(tmp_path, b"one"))
    assert store.file(DAY).read_bytes() == b"one"
    store.put(DAY, b"two")
    assert store.file(DAY).read_bytes() == b"two"
    assert [p.read_bytes() for p in store.files([DAY])] == [b"two"]
    assert store.read(DAY) == b"two"


def test_what_is_not_there_is_said_to_be_missing(store: Store) -> None:
    assert not store.exists(DAY)
    with pytest.raises(FileNotFoundError):
        store.read(DAY)
    with pytest.raises(FileNotFoundError):
        store.file(DAY).read_bytes()
    assert [p.exists() for p in store.files([DAY, "bronze/_ledger/none"], anew=True)] == [False, False]
    store.remove([DAY])


def test_keys_are_sorted_and_begin_with_what_was_asked(store: Store) -> None:
    for key in ("bronze/_ledger/2", "bronze/_ledger/1", "bronze/_ledgers", "accepted/1.json", DAY):
        store.put_new(key, b"x")
    assert store.keys("bronze/_ledger/") == ["bronze/_ledger/1", "bronze/_ledger/2"]
    assert store.keys("bronze/_led") == ["bronze/_ledger/1", "bronze/_ledger/2", "bronze/_ledgers"]
    assert store.keys("accepted/") == ["accepted/1.json"]
    assert DAY in store.keys("silver/")
    assert store.keys("quarantine/") == []


def test_replace_puts_and_then_removes(store: Store, tmp_path: Path) -> None:
    gone = DAY.replace("24", "25")
    store.put(gone, b"old")
    store.replace({DAY: staged(tmp_path, b"new")}, gone=[gone, DAY.replace("24", "26")])
    assert store.keys("silver/orders/") == [DAY]
    assert store.read(DAY) == b"new"


def test_many_objects_are_brought_in_their_order(store: Store) -> None:
    keys = [DAY.replace("24", f"{n:02d}") for n in range(1, 29)]
    for key in keys:
        store.put(key, key.encode())
    assert [p.read_bytes() for p in store.files(keys[::-1])] == [k.encode() for k in keys[::-1]]


def test_a_damaged_copy_does_not_hide_what_is_stored(lake: Lake) -> None:
    """`verify` reads anew, also what never changes."""
    key = "bronze/orders/b.parquet"
    lake.store.put_new(key, b"right")
    lake.store.file(key)
    lake.store.put(key, b"wrong")  # what nobody does
    assert lake.store.files([key], anew=True)[0].read_bytes() == b"wrong"


def test_a_second_writer_is_told_who_holds_the_lake(store: Store) -> None:
    with store.lock("the first"), store.lock("a step of the first", patience=0):
        told: list[str] = []
        thread = threading.Thread(target=_try_days, args=(store, told))
        with store.days(date(2017, 1, 1), date(2017, 1, 31)):
            thread.start()
            thread.join()
    assert len(told) == 1
    assert "gave up after 0 s" in told[0]
    with store.days(date(2017, 1, 31), date(2017, 2, 1), patience=0):
        pass


def _try_days(store: Store, told: list[str]) -> None:
    with store.days(date(2017, 2, 1), date(2017, 2, 28), patience=0):
        pass  # other days go side by side
    try:
        with store.days(date(2017, 1, 31), date(2017, 2, 1), patience=0):
            told.append("two writers hold one day")
    except EnvironmentFault as error:
        told.append(str(error))


def test_readers_share_all_days_and_writers_wait(store: Store) -> None:
    day = date(2017, 1, 1)
    with (
        store.settled(),
        store.settled(patience=0),
        pytest.raises(EnvironmentFault),
        store.days(day, day, patience=0),
    ):
        pass
    with store.days(day, day, patience=0):
        pass


def test_staging_leaves_nothing(store: Store) -> None:
    with store.staging() as folder:
        (folder / "half").write_bytes(b"x")
    assert not folder.exists()
    assert store.leftovers() == []


def test_alerts_are_kept_in_the_lake_and_not_on_the_machine(lake: Lake) -> None:
    write_alert(lake, "gate_failed", "silver/orders: 12 rows")
    write_alert(lake, "run_failed", "disk full", run_id="x")
    found = [json.loads(line) for line in kept(lake)]
    assert [(one["kind"], one["text"]) for one in found] == [
        ("gate_failed", "silver/orders: 12 rows"),
        ("run_failed", "disk full"),
    ]
    assert (lake.root / "alerts.jsonl").exists() is not lake.on_s3
