"""Laws of bronze to silver, on small random drops: nothing is lost, the newest valid version wins, and it does not
matter how the lake came to where it is. `KEYSTONE_EXAMPLES=200` looks longer."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import read
from keystone_nexus.transforms.pending import pending
from keystone_nexus.transforms.reconcile import balances
from keystone_nexus.transforms.verify import verify
from tests.oracle import KINDS, Expected
from tests.small_drops import (
    EMPTY,
    TODAY,
    Drop,
    build_everything,
    build_pending,
    drops,
    expected_quarantine,
    expected_silver,
    first,
    land_drop,
    new_lake,
    objects,
    quarantine,
    silver,
)

few = settings(
    max_examples=int(os.environ.get("KEYSTONE_EXAMPLES", "8")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(autouse=True, scope="module")
def no_fsync() -> Iterator[None]:
    """A disk that fails is another test's matter; these lakes live for a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def landed(root: Path, several: list[Drop]) -> Lake:
    """A lake whose bronze holds some drops, and nothing more."""
    lake = new_lake(root / "lake")
    for number, drop in enumerate(several):
        land_drop(lake, first(drop) if number == 0 else drop, root / f"drop-{number}")
    return lake


def rebuilt(lake: Lake, root: Path) -> Lake:
    """A second lake with the same bronze, built from it at once."""
    second = new_lake(root)
    shutil.copytree(lake.layer("bronze"), second.layer("bronze"), dirs_exist_ok=True)
    build_everything(second)
    return second


def disagreements(lake: Lake, expected: Expected) -> dict[str, object]:
    """What of a built lake is not as the oracle says: rows of silver and quarantine, and how they add up."""
    found: dict[str, object] = {}
    for table in KINDS:
        for layer, is_there, should in (
            ("silver", silver(lake, table), expected_silver(expected, table)),
            ("quarantine", quarantine(lake, table), expected_quarantine(expected, table)),
        ):
            if is_there != should:
                found[f"{layer}.{table}"] = {"too many": is_there - should, "too few": should - is_there}
    for balance in balances(lake, Bronze(lake, read(lake))):
        outcomes = [expected.count(balance.table, outcome) for outcome in ("silver", "quarantined", "superseded")]
        counted = [balance.silver, balance.quarantined, balance.superseded]
        if counted != outcomes or balance.pending or balance.bronze != len(expected.versions[balance.table]):
            found[f"balance.{balance.table}"] = (balance, outcomes)
    return found


@few
@given(st.lists(drops(), min_size=1, max_size=4))
def test_every_row_comes_to_what_the_page_says_after_every_drop(several: list[Drop]) -> None:
    with folder() as root:
        lake, expected = new_lake(root / "lake"), Expected(TODAY)
        for number, drop in enumerate(several):
            whole = first(drop) if number == 0 else drop
            land_drop(lake, whole, root / f"drop-{number}")
            expected.arrive(whole)
            build_pending(lake)
            assert disagreements(lake, expected) == {}


@few
@given(st.lists(drops(), min_size=2, max_size=4))
def test_building_the_affected_days_gives_the_bytes_of_building_everything(several: list[Drop]) -> None:
    with folder() as root:
        lake = new_lake(root / "lake")
        for number, drop in enumerate(several):
            land_drop(lake, first(drop) if number == 0 else drop, root / f"drop-{number}")
            build_pending(lake)
            assert pending(lake).none
            assert objects(lake) == objects(rebuilt(lake, root / f"full-{number}"))
        assert verify(lake) == []


@few
@given(st.lists(drops(), min_size=1, max_size=3))
def test_days_that_were_not_built_are_pending_and_nothing_is_lost(several: list[Drop]) -> None:
    with folder() as root:
        lake = landed(root, several[:1])
        build_pending(lake)
        for number, drop in enumerate(several[1:]):
            land_drop(lake, drop, root / f"later-{number}")
        assert [b for b in balances(lake, Bronze(lake, read(lake))) if b.difference] == []
        assert verify(lake) == []


@few
@given(st.lists(drops(), min_size=1, max_size=3))
def test_building_twice_from_one_bronze_gives_the_same_bytes(several: list[Drop]) -> None:
    with folder() as root:
        lake = landed(root, several)
        assert objects(rebuilt(lake, root / "one")) == objects(rebuilt(lake, root / "two"))


@few
@given(st.lists(drops(), min_size=1, max_size=3))
def test_landing_the_same_files_again_changes_nothing(several: list[Drop]) -> None:
    with folder() as root:
        lake = landed(root, several)
        build_pending(lake)
        position, before = read(lake).position, objects(lake)
        for number, drop in enumerate(several):
            again = land_drop(lake, first(drop) if number == 0 else drop, root / f"again-{number}")
            assert again.entry is None
        assert read(lake).position == position
        assert pending(lake).none
        build_everything(lake)
        assert objects(lake) == before


def without_shared_keys(several: list[Drop]) -> list[Drop]:
    """The drops, each key only in the first that names it."""
    owner: dict[tuple[str, object], int] = {}
    kept: list[Drop] = []
    for number, drop in enumerate(several):
        expected = Expected(TODAY)
        expected.arrive(drop)
        kept.append(
            {
                table: [
                    v.row
                    for v in expected.versions[table]
                    if v.key is None or owner.setdefault((table, v.key), number) == number
                ]
                for table in drop
            }
        )
    return kept


@few
@given(st.lists(drops(), min_size=2, max_size=3).map(without_shared_keys), st.randoms(use_true_random=False))
def test_drops_without_a_common_key_may_come_in_any_order(several: list[Drop], random: Random) -> None:
    shuffled = several.copy()
    random.shuffle(shuffled)
    with folder() as one, folder() as other:
        lakes = [landed(root, [EMPTY, *order]) for root, order in ((one, several), (other, shuffled))]
        for lake in lakes:
            build_everything(lake)
        for table in KINDS:
            assert silver(lakes[0], table) == silver(lakes[1], table)
            assert quarantine(lakes[0], table) == quarantine(lakes[1], table)
