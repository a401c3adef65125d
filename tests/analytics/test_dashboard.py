"""The KPI dashboard as a file: its figures are gold's, its cube adds up to them, and data cannot harm it."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from keystone_nexus.analytics.dashboard.cube import cube
from keystone_nexus.analytics.dashboard.figures import exact
from keystone_nexus.analytics.dashboard.page import build_kpi_dashboard, script_json
from keystone_nexus.analytics.dashboard.panels import PANELS
from keystone_nexus.analytics.gold import Gold, gold_of
from keystone_nexus.analytics.provenance import Provenance, provenance_of
from keystone_nexus.lake.lake import Lake
from tests.analytics.conftest import HOSTILE
from tests.analytics.pages import Page

PROVENANCE = Provenance(None, None, 7, "2018-01-06 00:00", closed=("orders: <b>too many</b> rejects",))
TOTALS = {
    "revenue": "select cast(sum(price) as decimal(18, 2)) from gold.fact_sales",
    "orders": "select count(*) from gold.fact_orders",
    "items": "select count(*) from gold.fact_sales",
    "average_order_value": "select sum(price) / count(distinct order_id) from gold.fact_sales",
    "customers": """
        select count(distinct customer_unique_id) from gold.fact_orders join gold.dim_customer using (customer_key)
    """,
    "review_score": "select avg(review_score) from gold.fact_reviews",
    "late_share": """
        select avg(case when is_late then 1 else 0 end) from gold.fact_orders
        where order_status = 'delivered' and delivery_days is not null
    """,
    "delivery_days_mean": """
        select avg(delivery_days) from gold.fact_orders where order_status = 'delivered' and delivery_days is not null
    """,
}


@pytest.fixture(scope="module")
def page(gold: Gold) -> Page:
    return Page(build_kpi_dashboard(gold, PROVENANCE))


@pytest.mark.parametrize("kpi", TOTALS)
def test_a_total_is_golds(gold: Gold, page: Page, kpi: str) -> None:
    shown, expected = page.tile(kpi).value, gold.frame(TOTALS[kpi]).item()
    if isinstance(expected, float):
        assert float(shown) == pytest.approx(expected, abs=1e-6)
    else:
        assert shown == str(expected)


def test_the_real_totals(real_lake: Path) -> None:
    lake = Lake(real_lake)
    gold = gold_of(lake)
    html = build_kpi_dashboard(gold, provenance_of(lake, gold))
    page = Page(html)
    assert {kpi: page.tile(kpi).value for kpi in TOTALS} == {
        "revenue": "13591643.70",
        "orders": "99441",
        "items": "112650",
        "average_order_value": "137.754076",
        "customers": "96096",
        "review_score": "4.086728",
        "late_share": "0.067731",
        "delivery_days_mean": "12.496849",
    }
    assert page.tile("revenue").text == "R$ 13.6 M"
    assert len(html.encode()) < 2_000_000


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
def test_a_table_is_its_mart(gold: Gold, page: Page, panel: Any) -> None:
    rows = panel.rows(gold)[""]
    assert rows
    for column in panel.columns[1:]:
        if column.figure:
            shown = page.table(f"{panel.name}.{column.name}")
            assert shown == {exact(row[panel.key.name]): exact(row[column.name]) for row in rows}


def test_the_cube_adds_up_to_the_facts(gold: Gold) -> None:
    data = cube(gold)
    sums: Counter[str] = Counter()
    orders: Counter[tuple[str, str, str]] = Counter()
    for row, (category, state, month) in enumerate(_places(data, "cells")):
        if not category:
            sums.update({name: data["cells"][name][row] for name in data["cells"] if name != "key"})
        else:
            orders[category, state, month] += data["cells"]["orders"][row]
    (facts,) = gold.frame("""
        select count(*) as orders, sum(items) as items, cast(sum(price) * 100 as bigint) as cents,
        count(*) filter (items = 0) as bare from gold.fact_orders
    """).iter_rows(named=True)
    assert {name: sums[name] for name in facts} == facts
    (reviews,) = gold.frame("select count(*), sum(review_score) from gold.fact_reviews").rows()
    assert (sums["reviews"], sums["score"]) == reviews
    fresh = gold.frame("""
        select category_name, state, strftime(date, '%Y-%m'), count(distinct order_id) from gold.fact_sales
        join gold.dim_product using (product_key) join gold.dim_customer using (customer_key)
        join gold.dim_date using (date_id) group by all
    """)
    assert orders == {row[:3]: row[3] for row in fresh.rows()}


def _places(data: dict[str, Any], part: str) -> list[tuple[str, str, str]]:
    """Category, state and month of each row; empty for all of them."""
    found, key = [], 0
    states, months = len(data["states"]) + 1, len(data["months"])
    for step in data[part]["key"]:
        key += step
        rest, month = divmod(key, months)
        category, state = divmod(rest, states)
        found.append((["", *data["categories"]][category], ["", *data["states"]][state], data["months"][month]))
    return found


def test_the_page_stands_by_itself(page: Page) -> None:
    assert all(target.startswith("#") for target in page.fetched)
    assert "link" not in page.tags
    assert "img" not in page.tags


def test_it_says_where_it_comes_from(gold: Gold) -> None:
    html = build_kpi_dashboard(gold, PROVENANCE)
    assert "no orders yet · gold 7 built 2018-01-06 00:00 UTC" in html
    assert "Gate closed: orders: &lt;b&gt;too many&lt;/b&gt; rejects" in html
    assert "CC BY-NC-SA 4.0" in html
    assert "@svg-maps/brazil by Victor Cazanave, CC BY 4.0" in html


def test_no_text_ends_the_script() -> None:
    written = script_json({"name": f"{HOSTILE}<!--\u2028&"})
    assert not re.search("[<>&\u2028]", written)
    assert json.loads(written) == {"name": f"{HOSTILE}<!--\u2028&"}
