"""What a client sends twice is in the topic twice, in bronze twice, and counts once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from keystone_nexus.events.client import send
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.sql import query
from tests.helpers import files_below
from tests.order_events import event, placed
from tests.reliability.brokers import Brokers
from tests.reliability.lakes import check_landed, land
from tests.reliability.processes import IngestServer
from tests.reliability.topics import event_ids

pytestmark = pytest.mark.reliability
ORDERS = 300


def test_an_event_that_was_sent_again_counts_once(
    kafka: Brokers, serve: Callable[..., IngestServer], lake: Path
) -> None:
    """In one call, in a later one, and in a later landing."""
    server = serve(kafka.addresses, "twice", "--partitions", "3")
    made = [placed(f"o{n}", items=[("p1", "s1", 100 + n)]) for n in range(ORDERS)]
    made += [event("approved", f"o{n}", "2018-01-10 12:00:00") for n in range(ORDERS)]
    once = [one.SerializeToString() for one in made]
    for batch in (once + once, once):
        assert send(batch, server.address).acknowledged == len(batch)
    held = event_ids(kafka.addresses, server.topic)
    assert set(held.values()) == {3}
    assert land(lake, kafka.addresses, server.topic).returncode == 0
    check_landed(lake, held)
    silver = "select count(*), count(order_approved_at) from silver.orders"
    items = "select count(*), sum(price) from silver.order_items"
    assert query(Lake(lake), silver).rows == [(ORDERS, ORDERS)]
    (counted, price) = query(Lake(lake), items).rows[0]
    assert (counted, round(float(price) * 100)) == (ORDERS, sum(100 + n for n in range(ORDERS)))

    before = files_below(lake / "silver" / "orders")
    assert send(once, server.address).acknowledged == len(once)
    assert land(lake, kafka.addresses, server.topic).returncode == 0
    assert files_below(lake / "silver" / "orders") == before
    check_landed(lake, event_ids(kafka.addresses, server.topic))
