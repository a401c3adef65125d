"""The order of arrival survives two writers, and what is no entry is named."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from keystone_nexus.lake import ledger
from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import BronzeFile, Entry
from tests.small_drops import new_lake


@pytest.fixture
def empty_lake(tmp_path: Path) -> Lake:
    return new_lake(tmp_path / "lake")


def file(table: str = "orders", sha256: str = "a", last_day: str | None = None) -> BronzeFile:
    key = f"bronze/{table}/{sha256}.parquet"
    return BronzeFile(table, f"{table}.csv", sha256, 1, key, "d", 1, ["x"], [], {}, last_day, last_day)


def entry(number: int, *files: BronzeFile, source: str = "drop") -> Entry:
    return Entry(number, "2018-01-05T23:59:59Z", source, list(files))


def entry_path(lake: Lake, number: int) -> Path:
    return lake.layer("bronze") / "_ledger" / f"{number:08d}.json"


def test_what_was_appended_is_read_back_in_order(empty_lake: Lake) -> None:
    entries = [entry(1, file(), file("customers", "b")), entry(2, file(sha256="c", last_day="2018-01-04"))]
    for one in entries:
        ledger.append(empty_lake, one)
    held = ledger.read(empty_lake)
    assert held.entries == entries
    assert held.position == 2
    assert [f.sha256 for _, f in held.files("orders")] == ["a", "c"]
    assert str(held.last_day) == "2018-01-04"
    assert str(held.entries[0].arrived) == "2018-01-05"
    assert held.upto(1).entries == entries[:1]


def test_an_empty_lake_is_at_position_zero(empty_lake: Lake) -> None:
    held = ledger.read(empty_lake)
    assert (held.position, held.last_day, held.entries) == (0, None, [])


def test_of_two_writers_of_one_position_one_wins_and_the_other_is_told(empty_lake: Lake) -> None:
    writers = 8
    together, told = threading.Barrier(writers), list[str]()

    def write(source: str) -> None:
        together.wait()
        try:
            ledger.append(empty_lake, entry(1, source=source))
        except EnvironmentFault as error:
            told.append(str(error))

    threads = [threading.Thread(target=write, args=(str(n),)) for n in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["another writer recorded ledger entry 1 first: run again"] * (writers - 1)
    (winner,) = ledger.read(empty_lake).entries
    assert winner.source in {str(n) for n in range(writers)}
    assert [p.name for p in entry_path(empty_lake, 1).parent.iterdir()] == ["00000001.json"], "nothing lies aside"


def test_the_loser_of_a_race_does_not_change_the_entry(empty_lake: Lake) -> None:
    ledger.append(empty_lake, entry(1, source="first"))
    before = entry_path(empty_lake, 1).read_bytes()
    with pytest.raises(EnvironmentFault):
        ledger.append(empty_lake, entry(1, source="second"))
    assert entry_path(empty_lake, 1).read_bytes() == before


def test_entries_written_out_of_order_are_read_in_order(empty_lake: Lake) -> None:
    ledger.append(empty_lake, entry(2, source="second"))
    ledger.append(empty_lake, entry(1, source="first"))
    assert [e.source for e in ledger.read(empty_lake).entries] == ["first", "second"]


def test_a_gap_is_refused_and_the_missing_number_named(empty_lake: Lake) -> None:
    for number in (1, 3):
        ledger.append(empty_lake, entry(number))
    with pytest.raises(Refused, match="lacks entry 2"):
        ledger.read(empty_lake)


def test_an_entry_under_another_number_is_refused(empty_lake: Lake) -> None:
    path = empty_lake.root / ledger.append(empty_lake, entry(1))
    path.rename(entry_path(empty_lake, 2))
    with pytest.raises(Refused, match="lacks entry 1"):
        ledger.read(empty_lake)


ENTRY = {"number": 1, "at": "2018-01-05T00:00:00Z", "source": "drop", "files": []}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b'{"number": 1, "at": "2018-01-05T0',
        b"[]",
        b"null",
        json.dumps({**ENTRY, "files": [{"table": "orders"}]}).encode(),
        json.dumps({**ENTRY, "files": None}).encode(),
        json.dumps({**ENTRY, "at": "yesterday"}).encode(),
        json.dumps({k: v for k, v in ENTRY.items() if k != "source"}).encode(),
    ],
)
def test_an_unreadable_entry_is_refused_by_the_name_of_its_file(empty_lake: Lake, content: bytes) -> None:
    path = empty_lake.root / ledger.append(empty_lake, entry(1))
    path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        ledger.read(empty_lake)
    assert str(path) in str(refused.value)
    assert "restore it from a copy" in str(refused.value)
