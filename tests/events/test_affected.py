"""Which days an arrival affects where it decides about what other orders refer to (semantics.md, "Silver")."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from keystone_nexus.events.cluster import Cluster
from keystone_nexus.events.schemas import SchemaBook
from keystone_nexus.lake.lake import Lake
from keystone_nexus.transforms.affected import compute
from keystone_nexus.wire.stubs import order_event_pb2 as pb
from tests.events.test_fold import World
from tests.order_events import MockKafka, event, placed

DAY, LATER = date(2018, 1, 10), date(2018, 3, 1)


@pytest.fixture
def world(lake: Lake, kafka: MockKafka, cluster: Cluster, book: SchemaBook, tmp_path: Path) -> World:
    return World(lake, kafka, cluster, book, tmp_path)


def somewhere(order: str, at: str, zip_code: str) -> pb.OrderEvent:
    """The placement of an order of customer c1 with one item."""
    made = placed(order, at, customer="c1", items=[("p1", "s1", 1000)])
    made.placed.customer.zip_code_prefix = zip_code
    return made


def test_a_customer_who_becomes_invalid_affects_the_days_of_all_their_orders(world: World) -> None:
    paid = event("payment", "o1", "2018-01-10", payment_sequential=1, payment_type=1, value_cents=1100)
    world.events(somewhere("o1", "2018-01-10 10:00:00", "01310"), paid)
    world.events(somewhere("o2", "2018-03-01 10:00:00", "bad"))
    assert world.rejected("orders") == [["foreign_key:customer_id"]] * 2
    days = compute(world.bronze).days
    assert days["orders"] == [DAY, LATER]
    assert days["order_items"] == [DAY]
    assert days["order_payments"] == [DAY]


def test_a_customer_who_becomes_valid_again_affects_them_too(world: World) -> None:
    world.events(somewhere("o1", "2018-01-10 10:00:00", "01310"))
    world.events(somewhere("o2", "2018-03-01 10:00:00", "bad"))
    world.file("customers", "c1,a person,01310,santos,SP\n")
    assert world.rejected("orders") == []
    assert compute(world.bronze).days["orders"] == [DAY, LATER]


def test_a_day_whose_superseded_rows_go_elsewhere_is_affected(world: World) -> None:
    """The fold carries all there is and is invalid by itself, on the day that its events name, whatever the file says;
    the file's row is on another day, once its customer is valid."""
    world.file("orders", "o1,c1,created,2018-03-01 10:00:00,,,,2018-04-01 00:00:00\n")
    world.events(placed("o1", customer="c9"), event("delivered", "o1", "2018-01-01 00:00:00"))
    before = world.resolved("orders").superseded["_day"].to_list()
    world.file("customers", "c1,a person,01310,santos,SP\n")
    after = world.resolved("orders").superseded["_day"].to_list()
    assert (before, after) == ([DAY], [LATER]), "what is folded counts where the row of its key stands"
    assert compute(world.bronze).days["orders"] == [DAY, LATER]
