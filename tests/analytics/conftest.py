"""Lakes that pages are made of: an ordinary one and odd ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from keystone_nexus.analytics.gold import Gold, gold_of
from keystone_nexus.lake.lake import Lake
from tests.conftest import keystone
from tests.small_drops import EMPTY, Drop, good_row, write

HOSTILE = "</script><script>alert(1)</script>"
ONE_DAY: Drop = EMPTY | {
    "orders": [good_row("orders", order_id="o1", customer_id="c1", order_status="shipped")],
    "order_items": [good_row("order_items", order_id="o1", product_id="p1", seller_id="s1", price="10.00")],
    "order_payments": [good_row("order_payments", order_id="o1", payment_value="12.00")],
    "customers": [good_row("customers", customer_id="c1", customer_state="SP")],
    "products": [good_row("products", product_id="p1", product_category_name=HOSTILE)],
    "sellers": [good_row("sellers", seller_id="s1")],
}
"""One order of one day and state, neither delivered nor reviewed, of a category that means harm."""


@pytest.fixture(scope="session")
def gold(built_lake: Path) -> Gold:
    return gold_of(Lake(built_lake))


@pytest.fixture(scope="session", params=["one day", "empty"])
def odd_lake(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of one order, and one of none."""
    folder = tmp_path_factory.mktemp("odd")
    source = write(ONE_DAY if request.param == "one day" else EMPTY, folder / "source")
    done = keystone(folder / "lake", "run", "--source", str(source))
    assert done.returncode == 0, done.stderr
    return Lake(folder / "lake")
