"""The KPI dashboard in a browser: what its script sums is what gold answers, whatever the filter."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from keystone_nexus.analytics.dashboard.figures import TILES
from keystone_nexus.analytics.dashboard.page import build_kpi_dashboard
from keystone_nexus.analytics.dashboard.panels import PANELS
from keystone_nexus.analytics.gold import Gold, gold_of
from keystone_nexus.analytics.provenance import Provenance
from keystone_nexus.analytics.words import rounded
from keystone_nexus.lake.lake import Lake
from tests.analytics.pages import Page, after_scripts

PROVENANCE = Provenance(None, None, 1, "2018-01-06 00:00")
EXACT = {"revenue", "orders", "items", "customers"}


@pytest.fixture(scope="module")
def file(gold: Gold, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dashboard") / "kpi_dashboard.html"
    path.write_text(build_kpi_dashboard(gold, PROVENANCE), "utf-8")
    return path


def test_without_a_filter_the_cube_says_what_the_marts_say(file: Path) -> None:
    before, after = Page(file.read_text("utf-8")), Page(after_scripts(file))
    for tile in TILES:
        assert after.tile(tile.kpi) == before.tile(tile.kpi)
    for panel in PANELS:
        for column in panel.columns:
            kpi = f"{panel.name}.{column.name}"
            written = [[one for one in page.figures if one.kpi == kpi and one.tag == "td"] for page in (before, after)]
            assert written[0] == written[1]


@pytest.fixture(scope="module")
def settings(gold: Gold) -> list[dict[str, str]]:
    """Filters by what the data holds: a state, a category of several orders, months in the middle, all at once."""
    state = gold.frame("select state from gold.state_performance order by orders desc limit 1").item()
    category = gold.frame("select category_name from gold.category_performance order by orders desc limit 1").item()
    months = gold.frame("select strftime(month, '%Y-%m') as month from gold.monthly_sales order by month")["month"]
    period = {"from": months[len(months) // 3], "to": months[-len(months) // 3]}
    return [{"state": state}, {"category": category}, period, {"state": state, "category": category} | period]


@pytest.mark.parametrize("number", range(4))
def test_a_filter_says_what_gold_says(gold: Gold, file: Path, settings: list[dict[str, str]], number: int) -> None:
    chosen = settings[number]
    page = Page(after_scripts(file, urlencode(chosen)))
    for kpi, expected in fresh(gold, chosen).items():
        shown = page.tile(kpi).value
        assert shown == (str(expected) if kpi in EXACT else str(rounded(expected, 6))), kpi
    by_state = gold.frame(
        f"{selected(chosen | {'state': ''})} select state, sum(price) as revenue from items group by 1"
    )
    for state, revenue in by_state.rows():
        assert Decimal(page.table("states.revenue")[state]) == revenue


@pytest.mark.long
def test_filters_on_the_real_data(real_lake: Path, tmp_path: Path) -> None:
    """Where persons come back over the edges of a period, and orders hold several categories."""
    gold = gold_of(Lake(real_lake))
    file = tmp_path / "kpi_dashboard.html"
    file.write_text(build_kpi_dashboard(gold, PROVENANCE), "utf-8")
    test_without_a_filter_the_cube_says_what_the_marts_say(file)
    period = {"from": "2017-03", "to": "2018-02"}
    several = [period, {"state": "RJ", "category": "bed_bath_table"} | period]
    for number in range(len(several)):
        test_a_filter_says_what_gold_says(gold, file, several, number)


def selected(chosen: dict[str, str]) -> str:
    """The orders and items of a filter, straight from the facts."""

    def text(name: str) -> str:
        return chosen.get(name, "").replace("'", "''")

    category = f"p.category_name = '{text('category')}'" if chosen.get("category") else "true"
    state = f"c.state = '{text('state')}'" if chosen.get("state") else "true"
    period = f"strftime(d.date, '%Y-%m') between '{chosen.get('from', '0')}' and '{chosen.get('to', '9')}'"
    return f"""
        with items as (
            select s.order_id, s.price, c.state from gold.fact_sales s join gold.dim_product p using (product_key)
            join gold.dim_customer c using (customer_key) join gold.dim_date d using (date_id)
            where {category} and {state} and {period}
        ),
        orders as (
            select o.*, c.customer_unique_id from gold.fact_orders o join gold.dim_customer c using (customer_key)
            join gold.dim_date d using (date_id) where {state} and {period}
            and ({"true" if category == "true" else "o.order_id in (select order_id from items)"})
        )
    """


def fresh(gold: Gold, chosen: dict[str, str]) -> dict[str, Any]:
    (row,) = gold.frame(f"""
        {selected(chosen)}
        select
            (select cast(sum(price) as decimal(18, 2)) from items) as revenue,
            count(*) as orders,
            (select count(*) from items) as items,
            (select count(distinct order_id) from items) as sold,
            count(distinct customer_unique_id) as customers,
            count(*) filter (order_status = 'delivered' and delivery_days is not null) as deliveries,
            count(*) filter (order_status = 'delivered' and is_late) as late,
            sum(delivery_days) filter (order_status = 'delivered') as days,
            (select sum(review_score) from gold.fact_reviews where order_id in (select order_id from orders)) as score,
            (select count(*) from gold.fact_reviews where order_id in (select order_id from orders)) as reviews
        from orders
    """).iter_rows(named=True)
    return {name: row[name] for name in EXACT} | {
        "average_order_value": row["revenue"] / row["sold"],
        "late_share": Decimal(row["late"]) / row["deliveries"],
        "delivery_days_mean": Decimal(row["days"]) / row["deliveries"],
        "review_score": Decimal(row["score"]) / row["reviews"],
    }


def test_what_cannot_follow_a_filter_says_so(file: Path, settings: list[dict[str, str]]) -> None:
    html = after_scripts(file, urlencode(settings[1]))
    page = Page(html)
    assert "Not available under this filter" in html
    assert not page.table("payments.payment_value")
    assert not page.table("segments.customers")
    assert set(page.table("delivery.delivery_days_median").values()) == {""}


def test_segments_follow_the_state(gold: Gold, file: Path, settings: list[dict[str, str]]) -> None:
    page = Page(after_scripts(file, urlencode(settings[0])))
    state = settings[0]["state"]
    expected = gold.frame(
        f"select segment, count(*)::varchar from gold.customer_rfm where state = '{state}' group by 1"
    )
    assert page.table("segments.customers") == dict(expected.rows())


def test_changes_are_against_the_period_before(gold: Gold, file: Path) -> None:
    months = gold.frame("select strftime(month, '%Y-%m') as m, orders from gold.monthly_sales order by month").rows()
    at = max(range(1, len(months)), key=lambda n: months[n - 1][1])
    page = Page(after_scripts(file, urlencode({"from": months[at][0], "to": months[at][0]})))
    now, before = months[at][1], months[at - 1][1]
    assert page.tile("orders.change").value == str(rounded(Decimal(now - before) / before, 6))


def test_days_follow_the_period(gold: Gold, file: Path, settings: list[dict[str, str]]) -> None:
    period = settings[2]
    page = Page(after_scripts(file, urlencode(period)))
    days = gold.frame(
        "select cast(date as varchar), cast(revenue as varchar) from gold.daily_sales "
        f"where strftime(date, '%Y-%m') between '{period['from']}' and '{period['to']}'"
    )
    assert page.table("daily.revenue") == dict(days.rows())
    assert len(days) > 27
