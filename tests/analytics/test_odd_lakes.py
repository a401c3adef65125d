"""Charts and dashboard of lakes with next to nothing in them: nothing divides by zero, and the words make sense."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from keystone_nexus.analytics.charts.render import EXHIBITS, svg
from keystone_nexus.analytics.charts.theme import look_of
from keystone_nexus.analytics.dashboard.page import build_kpi_dashboard
from keystone_nexus.analytics.gold import gold_of
from keystone_nexus.analytics.provenance import provenance_of
from keystone_nexus.lake.lake import Lake
from tests.analytics.conftest import HOSTILE
from tests.analytics.pages import Page, after_scripts
from tests.conftest import keystone
from tests.small_drops import EMPTY, Drop, good_row, write

ONE_DAY: Drop = EMPTY | {
    "orders": [good_row("orders", order_id="o1", customer_id="c1", order_status="shipped")],
    "order_items": [good_row("order_items", order_id="o1", product_id="p1", seller_id="s1", price="10.00")],
    "order_payments": [good_row("order_payments", order_id="o1", payment_value="12.00")],
    "customers": [good_row("customers", customer_id="c1", customer_state="SP")],
    "products": [good_row("products", product_id="p1", product_category_name=HOSTILE)],
    "sellers": [good_row("sellers", seller_id="s1")],
}
"""One order of one day and state, neither delivered nor reviewed, of a category that means harm."""


@pytest.fixture(scope="module", params=["one day", "empty"])
def odd_lake(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of one order, and one of none."""
    folder = tmp_path_factory.mktemp("odd")
    source = write(ONE_DAY if request.param == "one day" else EMPTY, folder / "source")
    done = keystone(folder / "lake", "run", "--source", str(source))
    assert done.returncode == 0, done.stderr
    return Lake(folder / "lake")


def test_charts_of_odd_lakes_are_drawn(odd_lake: Lake) -> None:
    gold = gold_of(odd_lake)
    look = look_of(provenance_of(odd_lake, gold))
    for name, exhibit in EXHIBITS.items():
        drawn = svg(exhibit.of(gold, look))
        assert "NaN" not in drawn, name
        assert "<script" not in drawn, name
        ElementTree.fromstring(drawn)


def test_odd_lakes_make_sense(odd_lake: Lake) -> None:
    gold = gold_of(odd_lake)
    html = build_kpi_dashboard(gold, provenance_of(odd_lake, gold))
    page = Page(html)
    assert "No deliveries in this period." in html
    assert page.tile("late_share").value == ""
    assert page.tile("late_share").text == "–"
    assert page.tile("review_score").text == "–"
    assert page.tags.count("script") == 2
    assert not re.search(r"\b(NaN|None|Infinity|undefined)\b", re.sub(r"(?s)<script.*?</script>", "", html))


def test_odd_lakes_in_a_browser(odd_lake: Lake, tmp_path: Path) -> None:
    gold = gold_of(odd_lake)
    file = tmp_path / "kpi_dashboard.html"
    file.write_text(build_kpi_dashboard(gold, provenance_of(odd_lake, gold)), "utf-8")
    for filters in ("", urlencode({"category": HOSTILE})):
        html = after_scripts(file, filters)
        page = Page(html)
        assert page.tags.count("script") == 2
        assert '<html lang="en" class="script">' in html
        shown = re.sub(r"(?s)<script.*?</script>", "", html)
        assert not re.search(r"\b(NaN|None|Infinity|undefined)\b", shown)
        assert page.tile("late_share").text == "–"
        assert "No deliveries in this period." in shown
