"""The log of builds: the newest record of a table's day counts, and a record that is none is named."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from keystone_nexus.lake import builds
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.lake import Lake
from tests.small_drops import new_lake

FIFTH, SIXTH = date(2018, 1, 5), date(2018, 1, 6)


@pytest.fixture
def empty_lake(tmp_path: Path) -> Lake:
    return new_lake(tmp_path / "lake")


def outcome(*days: date | None, table: str = "orders", silver: int = 1) -> pl.DataFrame:
    rows = [
        {"table": table, "day": day, "silver": silver, "quarantined": 0, "superseded": 0, "rejects": "{}"}
        | {"warnings": "{}", "money": "{}", "bytes": 0, "silver_sha256": None, "quarantine_sha256": None}
        for day in days
    ]
    return pl.DataFrame(rows, schema=builds.SCHEMA)


def records(lake: Lake) -> list[Path]:
    return sorted((lake.root / builds.FOLDER).iterdir())


def counted(lake: Lake) -> dict[date | None, tuple[int, int, str]]:
    """Day -> silver rows, position, run."""
    read = builds.read(lake).select("day", "silver", "position", "run_id")
    return {day: (silver, position, run) for day, silver, position, run in read.iter_rows()}


def test_nothing_was_built_in_an_empty_lake(empty_lake: Lake) -> None:
    assert builds.read(empty_lake).schema == builds.RECORD
    assert builds.read(empty_lake).height == 0


def test_the_newest_record_of_a_day_counts(empty_lake: Lake) -> None:
    builds.append(empty_lake, outcome(FIFTH, SIXTH, None), 1, "first")
    builds.append(empty_lake, outcome(SIXTH, silver=0), 2, "second")
    assert counted(empty_lake) == {FIFTH: (1, 1, "first"), SIXTH: (0, 2, "second"), None: (1, 1, "first")}


def test_two_tables_of_a_day_do_not_meet(empty_lake: Lake) -> None:
    builds.append(empty_lake, outcome(FIFTH), 1, "run")
    builds.append(empty_lake, outcome(FIFTH, table="order_items", silver=7), 1, "run")
    assert dict(builds.read(empty_lake).select("table", "silver").iter_rows()) == {"orders": 1, "order_items": 7}


def test_no_record_is_lost_where_two_fall_on_one_instant(empty_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds.time, "time_ns", lambda: 1_700_000_000_000_000_000)
    builds.append(empty_lake, outcome(FIFTH), 1, "first")
    builds.append(empty_lake, outcome(SIXTH), 1, "second")
    assert set(counted(empty_lake)) == {FIFTH, SIXTH}


def test_folding_keeps_what_counts_and_leaves_one_record(empty_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "MANY", 3)
    for number in range(3):
        builds.append(empty_lake, outcome(FIFTH, silver=number), number, "run")
    builds.fold(empty_lake)
    assert len(records(empty_lake)) == 3, "few records are not folded"
    builds.append(empty_lake, outcome(SIXTH), 4, "last")
    before = builds.read(empty_lake)
    builds.fold(empty_lake)
    assert len(records(empty_lake)) == 1
    assert builds.read(empty_lake).equals(before)
    builds.append(empty_lake, outcome(FIFTH, silver=9), 5, "after")
    assert counted(empty_lake) == {FIFTH: (9, 5, "after"), SIXTH: (1, 4, "last")}


def test_a_fold_that_was_killed_counts_nothing_twice(empty_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "MANY", 1)
    for day in (FIFTH, SIXTH, FIFTH):
        builds.append(empty_lake, outcome(day), 1, "run")
    before, old = builds.read(empty_lake), records(empty_lake)
    for path in old:
        shutil.copy(path, empty_lake.root)
    builds.fold(empty_lake)
    for path in old[1:]:
        shutil.copy(empty_lake.root / path.name, path)
    assert builds.read(empty_lake).equals(before)


def test_what_a_dead_run_recorded_is_forgotten_and_the_rest_stays(
    empty_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds.append(empty_lake, outcome(FIFTH), 1, "sound")
    builds.append(empty_lake, outcome(FIFTH, SIXTH, silver=5), 2, "dead")
    builds.void(empty_lake, ["dead"])
    assert counted(empty_lake) == {FIFTH: (1, 1, "sound")}
    builds.append(empty_lake, outcome(SIXTH, silver=6), 3, "dead")
    monkeypatch.setattr(builds, "MANY", 1)
    builds.fold(empty_lake)
    builds.void(empty_lake, ["dead"])
    assert counted(empty_lake) == {FIFTH: (1, 1, "sound")}, "also out of a folded record"


@pytest.mark.parametrize("torn", [0, 3, 200])
def test_a_torn_record_is_refused_by_the_name_of_its_file(empty_lake: Lake, torn: int) -> None:
    builds.append(empty_lake, outcome(FIFTH), 1, "run")
    (path,) = records(empty_lake)
    path.write_bytes(path.read_bytes()[:torn])
    with pytest.raises(Refused) as refused:
        builds.read(empty_lake)
    assert str(path) in str(refused.value)
    assert "remove it" in str(refused.value)


def test_a_record_that_was_being_written_when_its_process_died_is_not_seen(empty_lake: Lake) -> None:
    builds.append(empty_lake, outcome(FIFTH), 1, "run")
    ((empty_lake.root / builds.FOLDER) / ".new-1-half").write_bytes(b"PAR1")
    assert set(counted(empty_lake)) == {FIFTH}
