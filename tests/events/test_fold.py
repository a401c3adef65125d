"""Events and files in one silver: what stands for a key, whatever the order of arrival (semantics.md, "Events")."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from keystone_nexus.contracts.catalog import table
from keystone_nexus.events.cluster import Cluster
from keystone_nexus.events.land import land_all
from keystone_nexus.events.schemas import SchemaBook
from keystone_nexus.lake import ledger
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.lake import Lake
from keystone_nexus.quality.rules import names
from keystone_nexus.source.land import land
from keystone_nexus.transforms.affected import compute
from keystone_nexus.transforms.rejects import quarantine_rows
from keystone_nexus.transforms.resolver import Resolved, Resolver
from keystone_nexus.wire.stubs import order_event_pb2 as pb
from tests.helpers import header_of
from tests.order_events import MockKafka, event, placed

LIFE = [
    placed("o1", items=[("p1", "s1", 1000)]),
    event("approved", "o1", "2018-01-10 11:00:00"),
    event("shipped", "o1", "2018-01-12 09:00:00"),
    event("delivered", "o1", "2018-01-20 15:00:00"),
]
FILE = "o1,c9,created,2018-01-10 10:00:00,,,,2018-02-01 00:00:00\n"


class World:
    """Lands events and files in turn, and resolves what came of it."""

    def __init__(self, lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook, folder: Path) -> None:
        self.lake, self._kafka, self._cluster, self._book, self._folder = lake, kafka, cluster, book, folder

    def events(self, *events: pb.OrderEvent) -> None:
        self._kafka.put_events(*events)
        land_all(self.lake, self._cluster, self._book)

    def file(self, name: str, text: str) -> None:
        drop = self._folder / f"drop{ledger.read(self.lake).position}"
        drop.mkdir()
        (drop / f"{name}.csv").write_text(header_of(name) + text)
        land(self.lake, str(drop))

    @property
    def bronze(self) -> Bronze:
        return Bronze(self.lake, ledger.read(self.lake))

    def resolved(self, name: str) -> Resolved:
        """Asserts the invariant: every row of bronze is in exactly one place."""
        found = Resolver(self.bronze).table(name)
        assert self.bronze.rows(name) == found.silver.height + found.rejected.height + found.superseded.height
        return found

    def order(self) -> dict[str, object]:
        silver = self.resolved("orders").silver
        assert silver.height == 1
        return silver.drop("_version", "_day", "order_day").row(0, named=True)

    def rejected(self, name: str) -> list[list[str]]:
        return [names(table(name), mask) for mask in self.resolved(name).rejected["_mask"]]


@pytest.fixture
def world(lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook, tmp_path: Path) -> World:
    return World(lake, kafka, cluster, book, tmp_path)


@pytest.mark.parametrize("arrival", list(itertools.permutations(range(4)))[::5], ids=str)
def test_the_order_of_arrival_does_not_matter(world: World, arrival: tuple[int, ...]) -> None:
    world.events(*(LIFE[n] for n in arrival[:2]))
    world.events(*(LIFE[n] for n in arrival[2:]))
    order = world.order()
    assert order["order_status"] == "delivered"
    assert order["customer_id"] == "c1"
    assert [str(order[c])[:10] for c in ("order_approved_at", "order_delivered_carrier_date")] == [
        "2018-01-10",
        "2018-01-12",
    ]
    assert world.resolved("order_items").silver["price"].to_list() == [pl.Series(["10.00"]).cast(pl.Decimal(12, 2))[0]]
    assert world.resolved("orders").superseded.height == 3


def test_events_set_what_they_carry_on_the_file_row_before_them(world: World) -> None:
    world.file("orders", FILE)
    world.events(LIFE[3])
    order = world.order()
    assert order["customer_id"] == "c9"
    assert order["order_status"] == "delivered"
    assert order["order_approved_at"] is None


def test_a_newer_file_row_stands_against_older_events(world: World) -> None:
    world.events(*LIFE)
    world.file("orders", FILE)
    order = world.order()
    assert order["customer_id"] == "c9"
    assert order["order_status"] == "created"
    assert world.resolved("orders").superseded.height == 4


def test_a_repeated_event_counts_where_it_landed_first(world: World) -> None:
    world.events(*LIFE)
    world.file("orders", FILE)
    world.events(LIFE[3])
    assert world.order()["order_status"] == "created"


def test_an_invalid_fold_is_quarantined_once_and_the_file_row_stays(world: World) -> None:
    world.file("orders", FILE)
    world.events(LIFE[1], event("delivered", "o1", "2018-01-01 00:00:00"))
    order = world.order()
    assert order["order_status"] == "created"
    assert order["order_approved_at"] is None
    assert world.rejected("orders") == [["order:order_purchase_timestamp,order_delivered_customer_date"]]
    found = world.resolved("orders")
    (whole,) = quarantine_rows(table("orders"), world.bronze, found.rejected, found.folds).rows(named=True)
    assert whole["customer_id"] == "c9"
    assert whole["order_delivered_customer_date"] == "2018-01-01 00:00:00"
    assert whole["_source_row"] == 1, "the offset of the event that landed last"
    assert whole["_source_object"].startswith("bronze/order_events/mockCluster")
    assert whole["_day"] == date(2018, 1, 10)
    world.file("orders", FILE.replace("created", "approved"))
    assert world.rejected("orders") == [], "a newer valid row supersedes it"


def test_a_payment_waits_for_its_order(world: World) -> None:
    paid = event("payment", "o1", "2018-01-10", payment_sequential=1, payment_type=1, value_cents=1100)
    world.events(paid)
    assert world.rejected("order_payments") == [["foreign_key:order_id"]]
    world.events(LIFE[0])
    assert world.resolved("order_payments").silver.height == 1


def test_an_order_without_its_placement_is_quarantined_on_its_day(world: World) -> None:
    world.events(LIFE[1])
    assert world.rejected("orders") == [["required:customer_id", "required:order_estimated_delivery_date"]]
    assert world.resolved("orders").rejected["_day"].to_list() == [date(2018, 1, 10)]


def test_an_event_affects_its_day_and_no_other(world: World) -> None:
    other = placed("o2", "2018-03-01 10:00:00", customer="c2", items=[("p1", "s1", 500)])
    world.events(*LIFE[:3], other)
    world.events(LIFE[3])
    change = compute(world.bronze)
    assert change.days == {"orders": [date(2018, 1, 10)]}
    assert change.tables == []
    world.events(LIFE[3])
    again = compute(world.bronze)
    assert again.days == {}
    assert again.superseded["orders"] == {date(2018, 1, 10): 1}


def test_events_at_one_time_are_folded_by_rank(world: World) -> None:
    at = "2018-01-11 10:00:00"
    world.events(LIFE[0], event("status_changed", "o1", at, status="unavailable"), event("canceled", "o1", at))
    assert world.order()["order_status"] == "unavailable"


def test_an_item_with_an_unknown_product_is_quarantined_alone(world: World) -> None:
    world.events(placed("o1", items=[("p1", "s1", 1000), ("nothing", "s1", 500), ("nothing", "s1", 600)]))
    assert world.resolved("order_items").silver["order_item_id"].to_list() == [1]
    assert world.rejected("order_items") == [["foreign_key:product_id"]] * 2
    found = world.resolved("order_items")
    whole = quarantine_rows(table("order_items"), world.bronze, found.rejected, found.folds)
    assert whole["price"].to_list() == ["5.00", "6.00"]


def test_a_repetition_of_everything_is_superseded_on_its_days(world: World) -> None:
    life = [*LIFE, event("payment", "o1", "2018-01-10", payment_sequential=1, payment_type=1, value_cents=1100)]
    world.events(*life)
    world.events(*life)
    again = compute(world.bronze)
    day = date(2018, 1, 10)
    assert again.days == {}
    assert again.superseded == {
        "orders": {day: 4}, "order_items": {day: 1}, "order_payments": {day: 1}, "order_reviews": {},
    }  # fmt: skip
