"""Days at their edges: dates that no calendar has, before the first and after the last."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from keystone_nexus.lake.ledger import read
from keystone_nexus.transforms.verify import verify
from tests.oracle import Expected, Row
from tests.small_drops import (
    TODAY,
    build_pending,
    expected_quarantine,
    expected_silver,
    first,
    good_row,
    land_drop,
    new_lake,
    quarantine,
    silver,
)


def order(number: int, placed: str) -> Row:
    return good_row("orders", order_id=f"o{number}", customer_id="c1", order_purchase_timestamp=placed) | {
        "order_delivered_customer_date": ""
    }


@pytest.mark.parametrize(
    ("placed", "last"),
    [
        (["2018-02-28 10:00:00", "2018-02-30 10:00:00"], "2018-02-28"),
        (["2016-09-31 10:00:00", "2018-02-28 10:00:00"], "2018-02-28"),
        (["2018-02-30 10:00:00"], None),
        (["2018-19-39 10:00:00", "2018-00-00 00:00:00"], None),
        (["2016-08-31 23:59:59", "2999-01-01 00:00:00"], None),
        ([" 2018-02-28 10:00:00 ", "2018-02-27"], "2018-02-28"),
    ],
)
def test_a_date_that_no_calendar_has_is_a_reject_and_no_day(
    tmp_path: Path, placed: list[str], last: str | None
) -> None:
    orders = [order(number, text) for number, text in enumerate(placed)]
    drop = first({"customers": [good_row("customers", customer_id="c1")], "orders": orders})
    lake, expected = new_lake(tmp_path / "lake"), Expected(TODAY)
    land_drop(lake, drop, tmp_path / "drop")
    expected.arrive(drop)
    assert read(lake).last_day == (last and date.fromisoformat(last))
    build_pending(lake)
    assert silver(lake, "orders") == expected_silver(expected, "orders")
    assert quarantine(lake, "orders") == expected_quarantine(expected, "orders")
    assert verify(lake) == []
