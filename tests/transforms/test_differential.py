"""Any history of drops and events leaves the lake that its bronze gives at once, which is the one of semantics.md.

Events share orders, customers, products and sellers with the files and among each other, so that a parent becomes
valid, or stops being so, by the arrival of something else. `make soak` looks for as long as KEYSTONE_MINUTES says.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from pprint import pformat
from random import Random

import pytest

from keystone_nexus.transforms.verify import verify
from tests.small_drops import objects
from tests.transforms.differential import (
    Arrival,
    disagreements,
    gold_rows,
    growing,
    history,
    outcomes,
    rebuilt,
    shrunk,
)

MINUTES = float(os.environ.get("KEYSTONE_MINUTES", "0"))


@pytest.fixture(autouse=True, scope="module")
def no_fsync() -> Iterator[None]:
    """A disk that fails is another test's matter; these lakes live for a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


def check(several: list[Arrival]) -> None:
    """After every arrival the lake is the oracle's; in the end it is, byte by byte, one that was built at once."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for lake, expected in growing(root, several):
            assert disagreements(lake, expected) == {}
        full = rebuilt(lake, root / "full")
        assert objects(lake) == objects(full)
        assert outcomes(lake) == outcomes(full)
        assert verify(lake) == []


def check_gold(several: list[Arrival]) -> None:
    """Gold that followed every arrival by its changed months is the gold of a lake that was built at once."""
    from keystone_nexus.orchestration.dbt_run import build_gold

    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for lake, _ in growing(root, several):
            built = build_gold(lake)
            assert built.published, built.results
        full = rebuilt(lake, root / "full")
        assert build_gold(full).published
        assert gold_rows(lake) == gold_rows(full)


def look(seed: int, run: Callable[[list[Arrival]], None]) -> None:
    """Tries one history. One that fails is reported as small as it can be made."""
    several = history(Random(seed))
    if fails(several, run):
        small = shrunk(several, lambda one: fails(one, run) is not None)
        pytest.fail(f"history {seed}, made small:\n{pformat(small, width=160)}\n{fails(small, run)!r}")


def fails(several: list[Arrival], run: Callable[[list[Arrival]], None]) -> Exception | None:
    try:
        run(several)
    except Exception as error:
        return error
    return None


SEEDS = [134, 138, 1, 2, 3, 4]
"""The first two are histories in which a customer becomes invalid by another order's event."""


@pytest.mark.parametrize("seed", SEEDS)
def test_a_history_of_drops_and_events_is_the_lake_that_bronze_gives_at_once(seed: int) -> None:
    look(seed, check)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_gold_that_followed_a_history_is_the_gold_that_bronze_gives_at_once(seed: int) -> None:
    look(seed, check_gold)


@pytest.mark.long
@pytest.mark.skipif(not MINUTES, reason="KEYSTONE_MINUTES says how long to look: `make soak`")
def test_histories_for_as_long_as_one_looks(record_property: Callable[[str, object], None]) -> None:
    ends = time.monotonic() + 60 * MINUTES
    start = seed = time.time_ns() // 1_000_000_000
    while time.monotonic() < ends:
        look(seed, check_gold if seed % 20 == 0 else check)
        seed += 1
    record_property("histories", seed - start)
    record_property("first", start)
