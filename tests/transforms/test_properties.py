"""Laws of bronze to silver, on small random drops: nothing is lost, the newest valid version wins, and it does not
matter how the lake came to where it is. `KEYSTONE_EXAMPLES=200` looks longer."""

from __future__ import annotations

import os
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
    first,
    good_row,
    land_drop,
    new_lake,
    objects,
    quarantine,
    several_drops,
    silver,
)
from tests.transforms.differential import disagreements, growing, rebuilt

few = settings(
    max_examples=int(os.environ.get("KEYSTONE_EXAMPLES", "4")),
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


@few
@given(several_drops())
def test_every_row_comes_to_what_the_page_says_after_every_drop(several: list[Drop]) -> None:
    with folder() as root:
        for lake, expected in growing(root, several):
            assert disagreements(lake, expected) == {}


@few
@given(several_drops(least=2))
def test_building_the_affected_days_gives_the_bytes_of_building_everything(several: list[Drop]) -> None:
    with folder() as root:
        for lake, _ in growing(root, several):
            full = rebuilt(lake, root / f"full-{read(lake).position}")
            assert objects(lake) == objects(full)
            assert verify(lake) == []


PARTS = ["order_items", "order_payments", "order_reviews"]
LIVING = {t: [good_row(t)] for t in ("customers", "products", "sellers", "orders", *PARTS)}
"""An order with all that belongs to it."""
ELSEWHERE = good_row("orders", order_purchase_timestamp="2017-03-01 00:00:00")
"""The same order, placed on another day."""
SCENARIOS: dict[str, list[Drop]] = {
    "a newer version wins": [LIVING, {"orders": [good_row("orders", order_status="shipped")]}],
    "within a file the later record is the newer": [
        LIVING | {"orders": [good_row("orders", order_status=s) for s in ("created", "shipped", "delivered")]}
    ],
    "the same rows in another file supersede": [LIVING, {"orders": [*LIVING["orders"], {}]}],
    "the same bytes are no news": [LIVING, {"orders": [ELSEWHERE]}, {"orders": LIVING["orders"]}],
    "an order moves to another day with its parts": [LIVING, {"orders": [ELSEWHERE]}],
    "an order moves there and back": [LIVING, {"orders": [ELSEWHERE]}, {"orders": [*LIVING["orders"], {}]}],
    "an invalid newer version waits and the older stays": [LIVING, {"orders": [good_row("orders", order_status="x")]}],
    "a rejected row is superseded by a newer valid one": [
        LIVING | {"order_payments": [good_row("order_payments", payment_value="-1")]},
        {"order_payments": [good_row("order_payments", payment_value="1")]},
    ],
    "two rejected rows of a key both wait": [
        LIVING | {"order_items": [good_row("order_items", price="-1")] * 2},
        {"order_items": [good_row("order_items", price="x")]},
        {"order_items": [good_row("order_items")]},
    ],
    "rejected after valid, then valid again": [
        LIVING,
        {"order_reviews": [good_row("order_reviews", review_score="9")]},
        {"order_reviews": [good_row("order_reviews", review_score="2")]},
    ],
    **{f"the {t} come later": [LIVING | {t: []}, {t: LIVING[t]}] for t in ("customers", "products", "sellers")},
    "the order comes later": [LIVING | {"orders": []}, {"orders": LIVING["orders"]}],
    "the order becomes valid": [
        LIVING | {"orders": [good_row("orders", order_status="x")]},
        {"orders": LIVING["orders"]},
    ],
    "a valid version of a parent is enough": [LIVING, {"customers": [good_row("customers", customer_state="XX")]}],
    "a parent comes twice": [
        LIVING,
        {"customers": [good_row("customers", customer_city="Rio")]},
        {"orders": [ELSEWHERE]},
    ],
    "a review moves to another day": [
        LIVING,
        {"order_reviews": [good_row("order_reviews", review_creation_date="2018-02-20 00:00:00")]},
    ],
    "a part without an order id has no day": [LIVING, {"order_items": [good_row("order_items", order_id=" ")]}],
    "a review without an order id has its own": [
        LIVING,
        {"order_reviews": [good_row("order_reviews", order_id="")]},
        {"order_reviews": [good_row("order_reviews", review_score="3")]},
    ],
    "records that are none": [LIVING | {t: [{}, *LIVING[t]] for t in PARTS}, {t: [{}] for t in ("orders", *PARTS)}],
    "blanks around an id are not part of it": [LIVING, {"orders": [good_row("orders", order_id=" o1 ")]}],
    "points that are equal are one": [
        LIVING
        | {"geolocation": [good_row("geolocation", geolocation_lat=x) for x in ("-0", "0.0", "0", "-23.5", "-0")]}
    ],
}


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_scenario(name: str) -> None:
    with folder() as root:
        for lake, expected in growing(root, SCENARIOS[name]):
            assert disagreements(lake, expected) == {}
        assert objects(lake) == objects(rebuilt(lake, root / "full"))
        assert verify(lake) == []


@few
@given(several_drops(most=3))
def test_days_that_were_not_built_are_pending_and_nothing_is_lost(several: list[Drop]) -> None:
    with folder() as root:
        lake = landed(root, several[:1])
        build_pending(lake)
        for number, drop in enumerate(several[1:]):
            land_drop(lake, drop, root / f"later-{number}")
        assert [b for b in balances(lake, Bronze(lake, read(lake))) if b.difference] == []
        assert verify(lake) == []


@few
@given(several_drops(most=3))
def test_building_twice_from_one_bronze_gives_the_same_bytes(several: list[Drop]) -> None:
    with folder() as root:
        lake = landed(root, several)
        assert objects(rebuilt(lake, root / "one")) == objects(rebuilt(lake, root / "two"))


@few
@given(several_drops(most=3))
def test_landing_the_same_files_again_changes_nothing(several: list[Drop]) -> None:
    with folder() as root:
        lake = landed(root, several)
        build_pending(lake)
        position, before = read(lake).position, objects(lake)
        for number, drop in enumerate(several):
            again = land_drop(lake, drop, root / f"again-{number}")
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
@given(several_drops(least=2, most=3).map(without_shared_keys), st.randoms(use_true_random=False))
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
