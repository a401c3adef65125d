"""KPI marts on a synthetic lake, each against another way to the same answer: plain Python, or other SQL."""

from __future__ import annotations

import itertools
import math
import statistics
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.sql import connect

SIX = Decimal("0.000001")
ORDER_SUMS = "count(*), sum(items), sum(price), sum(freight_value), sum(payment_value)"
MART_SUMS = "orders, items, revenue, freight_value, payment_value"


@pytest.fixture(scope="module")
def lake(built_lake: Path) -> duckdb.DuckDBPyConnection:
    """All schemas of the lake, read-only."""
    return connect(Lake(built_lake))


@pytest.fixture(autouse=True)
def _orders(lake: duckdb.DuckDBPyConnection) -> None:
    """Nothing here holds for a lake without orders by chance."""
    assert lake.execute("select count(*) > 1000 from gold.fact_orders").fetchall() == [(True,)]


def rows(lake: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    answer = lake.execute(sql)
    names = [d[0] for d in answer.description or []]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def ratio(part: Any, whole: Any) -> Decimal | None:
    return (Decimal(part) / Decimal(whole)).quantize(SIX, ROUND_HALF_UP) if whole else None


def test_months_and_days_are_the_facts(lake: duckdb.DuckDBPyConnection) -> None:
    facts = "from (select f.*, d.date from gold.fact_orders f join gold.dim_date d using (date_id)) group by 1"
    for mart, key, unit in (("monthly_sales", "month", "month"), ("daily_sales", "date", "day")):
        expected = lake.execute(
            f"select cast(date_trunc('{unit}', date) as date) as at, {ORDER_SUMS} {facts}"
        ).fetchall()
        found = lake.execute(f"select {key}, {MART_SUMS} from gold.{mart} where orders > 0").fetchall()
        assert sorted(found) == sorted(expected)


def test_days_and_months_have_no_gap(lake: duckdb.DuckDBPyConnection) -> None:
    days = [d for (d,) in lake.execute("select date from gold.daily_sales order by 1").fetchall()]
    assert days == [days[0] + timedelta(n) for n in range((days[-1] - days[0]).days + 1)]
    (span,) = lake.execute(
        "select min(cast(order_purchase_timestamp as date)), max(cast(order_purchase_timestamp as date)) from silver.orders"
    ).fetchall()
    assert (days[0], days[-1]) == span
    months = lake.execute("select month, is_partial from gold.monthly_sales order by 1").fetchall()
    assert [m for m, _ in months] == sorted({d.replace(day=1) for d in days})
    for month, partial in months:
        following = (month + timedelta(31)).replace(day=1)
        assert partial == (month < days[0] or following - timedelta(1) > days[-1]), month


def test_growth_is_over_the_month_before(lake: duckdb.DuckDBPyConnection) -> None:
    months = rows(lake, "select * from gold.monthly_sales order by month")
    assert months[0]["growth"] is None
    for before, month in itertools.pairwise(months):
        share = ratio(month["revenue"], before["revenue"])
        assert month["growth"] == (None if share is None else share - 1)


def test_ratios_are_rounded_half_up_from_exact_sums(lake: duckdb.DuckDBPyConnection) -> None:
    for mart in ("monthly_sales", "state_performance", "customer_value_cohorts"):
        for row in rows(lake, f"select * from gold.{mart}"):
            assert row["average_order_value"] == ratio(row["revenue"], row["orders_with_items"])
            assert row["late_share"] == ratio(row["late_deliveries"], row["deliveries"])
    for row in rows(lake, "select * from gold.regional_logistics"):
        assert row["freight_share"] == ratio(row["freight_value"], row["revenue"])
        assert row["late_share"] == ratio(row["late_deliveries"], row["deliveries"])


def test_new_customers_order_for_the_first_time(lake: duckdb.DuckDBPyConnection) -> None:
    orders = lake.execute(
        "select c.customer_unique_id, cast(date_trunc('month', o.order_purchase_timestamp) as date) "
        "from silver.orders o join silver.customers c using (customer_id) order by o.order_purchase_timestamp"
    ).fetchall()
    first: dict[str, date] = {}
    active: dict[date, set[str]] = defaultdict(set)
    for person, month in orders:
        first.setdefault(person, month)
        active[month].add(person)
    for month, new, back in lake.execute(
        "select month, new_customers, returning_customers from gold.monthly_sales"
    ).fetchall():
        assert new == sum(first[p] == month for p in active[month])
        assert back == sum(first[p] < month for p in active[month])
    sizes: dict[date, int] = defaultdict(int)
    for month in first.values():
        sizes[month] += 1
    cohorts = rows(lake, "select * from gold.customer_cohorts")
    assert {c["cohort_month"]: c["customers"] for c in cohorts} == sizes
    for cell in cohorts:
        month = cell["cohort_month"]
        for _ in range(cell["months_since"]):
            month = (month + timedelta(31)).replace(day=1)
        came = sum(first[p] == cell["cohort_month"] for p in active[month])
        assert cell["active_customers"] == came
        assert cell["retention"] == ratio(came, cell["customers"])
        assert cell["months_since"] or cell["retention"] == 1


def test_members_are_the_facts(lake: duckdb.DuckDBPyConnection) -> None:
    sums = (
        "count(distinct order_id), count(*), sum(price), "
        "coalesce(sum(price) filter (where order_status = 'delivered'), 0), sum(freight_value)"
    )
    columns = "orders, {}, revenue, revenue_delivered, freight_value"
    sold = (
        "(select s.*, p.category_name, l.seller_state, c.state from gold.fact_sales s "
        "join gold.dim_product p using (product_key) join gold.dim_seller l using (seller_key) "
        "join gold.dim_customer c using (customer_key))"
    )
    for mart, key, units in (
        ("product_performance", "product_id", "units"),
        ("category_performance", "category_name", "units"),
        ("seller_performance", "seller_id", "units"),
        ("regional_logistics", "seller_state, state", "items"),
    ):
        expected = lake.execute(f"select {key}, {sums} from {sold} group by {key} order by all").fetchall()
        found = lake.execute(f"select {key}, {columns.format(units)} from gold.{mart} order by all").fetchall()
        assert found == expected, mart
    by_state = lake.execute(
        f"select state, {ORDER_SUMS}, count(distinct customer_unique_id) from gold.fact_orders "
        "join gold.dim_customer using (customer_key) group by 1 order by 1"
    ).fetchall()
    assert (
        by_state
        == lake.execute(f"select state, {MART_SUMS}, customers from gold.state_performance order by 1").fetchall()
    )


def test_reviews_and_deliveries_count_once_for_each_member(lake: duckdb.DuckDBPyConnection) -> None:
    for mart, key, table in (
        ("product_performance", "product_id", "gold.fact_sales"),
        ("category_performance", "category_name", "gold.fact_sales join gold.dim_product using (product_key)"),
        ("seller_performance", "seller_id", "gold.fact_sales"),
    ):
        expected = lake.execute(
            f"select {key}, count(*), sum(review_score) from (select distinct {key}, order_id from {table}) "
            "join gold.fact_reviews using (order_id) group by 1"
        ).fetchall()
        found = lake.execute(f"select {key}, reviews, review_score from gold.{mart} where reviews > 0").fetchall()
        assert {k: (n, ratio(points, n)) for k, n, points in expected} == {k: (n, score) for k, n, score in found}
    late = lake.execute(
        "select seller_id, count(*), count(*) filter (where is_late), sum(delivery_days) "
        "from (select distinct seller_id, order_id from gold.fact_sales) join gold.fact_orders using (order_id) "
        "where order_status = 'delivered' and delivery_days is not null group by 1"
    ).fetchall()
    found = lake.execute(
        "select seller_id, deliveries, late_share, delivery_days_mean from gold.seller_performance where deliveries > 0"
    ).fetchall()
    assert {k: (n, ratio(n_late, n), ratio(days, n)) for k, n, n_late, days in late} == {k: tuple(v) for k, *v in found}
    assert lake.execute(
        "select count(*) from gold.product_performance join gold.dim_product using (product_id) "
        "where review_score is distinct from product_review_avg"
    ).fetchall() == [(0,)]


def test_ranks_are_total_and_shares_add_up(lake: duckdb.DuckDBPyConnection) -> None:
    for mart, key, ranked in (
        ("product_performance", "product_id", ("revenue", "units")),
        ("category_performance", "category_name", ("revenue", "units")),
        ("seller_performance", "seller_id", ("revenue",)),
    ):
        found = rows(lake, f"select * from gold.{mart}")
        for value in ranked:
            in_order = sorted(found, key=lambda r: (-r[value], r[key]))
            assert [r[f"{value}_rank"] for r in in_order] == list(range(1, len(found) + 1))
        assert abs(sum(r["revenue_share"] for r in found) - 1) < len(found) * SIX
        total = sum(r["revenue"] for r in found)
        assert all(r["revenue_share"] == ratio(r["revenue"], total) for r in found)


def test_median_and_p90_are_of_the_nearest_rank(lake: duckdb.DuckDBPyConnection) -> None:
    days: dict[str, list[int]] = defaultdict(list)
    for state, value in lake.execute(
        "select state, delivery_days from gold.fact_orders join gold.dim_customer using (customer_key) "
        "where order_status = 'delivered' and delivery_days is not null order by 2"
    ).fetchall():
        days[state].append(value)
    found = rows(lake, "select * from gold.state_performance")
    assert any(r["deliveries"] > 100 for r in found)
    for row in found:
        sample = days[row["state"]]
        assert row["delivery_days_mean"] == ratio(sum(sample), len(sample))
        if sample:
            assert row["delivery_days_median"] == sample[-(-len(sample) * 50 // 100) - 1]
            assert row["delivery_days_p90"] == sample[-(-len(sample) * 90 // 100) - 1]


def test_distances_are_great_circles_between_mean_points(lake: duckdb.DuckDBPyConnection) -> None:
    places: dict[str, set[tuple[float, float]]] = defaultdict(set)
    for code, lat, lng in lake.execute(
        "select geolocation_zip_code_prefix, geolocation_lat, geolocation_lng from silver.geolocation"
    ).fetchall():
        places[code].add((lat, lng))
    centre = {
        code: (statistics.fmean(lat for lat, _ in found), statistics.fmean(lng for _, lng in found))
        for code, found in places.items()
    }
    routes: dict[tuple[str, str], list[float]] = defaultdict(list)
    for seller_state, state, sold_in, bought_in in lake.execute(
        "select s.seller_state, c.customer_state, s.seller_zip_code_prefix, c.customer_zip_code_prefix "
        "from silver.order_items i join silver.orders o using (order_id) join silver.customers c using (customer_id) "
        "join silver.sellers s using (seller_id)"
    ).fetchall():
        if sold_in in centre and bought_in in centre:
            routes[seller_state, state].append(kilometres(centre[sold_in], centre[bought_in]))
    found = rows(lake, "select * from gold.regional_logistics")
    assert len(routes) > 20
    for row in found:
        sample = routes[row["seller_state"], row["state"]]
        assert row["items_located"] == len(sample) <= row["items"]
        if sample:
            assert abs(float(row["distance_km"]) - statistics.fmean(sample)) < 0.001


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """By the law of cosines in space: another formula than the one under test."""
    (x1, y1, z1), (x2, y2, z2) = (
        (math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a))
        for a, b in ((math.radians(lat), math.radians(lng)) for lat, lng in (one, other))
    )
    return 2 * 6371.0088 * math.asin(math.dist((x1, y1, z1), (x2, y2, z2)) / 2)


def test_rfm_scores_are_fifths_of_a_total_order(lake: duckdb.DuckDBPyConnection) -> None:
    persons = rows(lake, "select * from gold.customer_rfm")
    for score, key in (
        ("recency_score", lambda p: (-p["recency_days"], p["customer_unique_id"])),
        ("frequency_score", lambda p: (p["frequency"], p["customer_unique_id"])),
        ("monetary_score", lambda p: (p["monetary"], p["customer_unique_id"])),
    ):
        in_order = [p[score] for p in sorted(persons, key=key)]
        assert in_order == [5 * n // len(persons) + 1 for n in range(len(persons))]
    expected = lake.execute(
        "select c.customer_unique_id, count(distinct o.order_id), "
        "coalesce(sum(p.payment_value), 0), cast(max(o.order_purchase_timestamp) as date) "
        "from silver.orders o join silver.customers c using (customer_id) "
        "left join silver.order_payments p using (order_id) group by 1"
    ).fetchall()
    last = max(day for *_, day in expected)
    assert {p["customer_unique_id"]: (p["frequency"], p["monetary"], p["recency_days"]) for p in persons} == {
        person: (orders, paid, (last - day).days) for person, orders, paid, day in expected
    }


def test_high_value_is_the_fifth_who_paid_most(lake: duckdb.DuckDBPyConnection) -> None:
    cohorts = {c["value_cohort"]: c for c in rows(lake, "select * from gold.customer_value_cohorts")}
    persons = sum(c["customers"] for c in cohorts.values())
    assert cohorts["high"]["customers"] == persons // 5
    paid = sorted((p for (p,) in lake.execute("select monetary from gold.customer_rfm").fetchall()), reverse=True)
    assert cohorts["high"]["payment_value"] == sum(paid[: persons // 5])
    assert cohorts["high"]["payment_share"] == ratio(sum(paid[: persons // 5]), sum(paid))


def test_payment_mix_is_silver(lake: duckdb.DuckDBPyConnection) -> None:
    expected = lake.execute(
        "select payment_type, count(*), count(distinct order_id), sum(payment_value), sum(payment_installments), "
        "count(payment_installments) from silver.order_payments group by 1"
    ).fetchall()
    total = sum(value for _, _, _, value, _, _ in expected)
    assert len(expected) > 2
    assert {
        m["payment_type"]: (m["payments"], m["orders"], m["payment_value"], m["payment_share"], m["installments_mean"])
        for m in rows(lake, "select * from gold.payment_mix")
    } == {
        kind: (n, orders, value, ratio(value, total), ratio(i, known)) for kind, n, orders, value, i, known in expected
    }


def test_correlation_is_pearsons(lake: duckdb.DuckDBPyConnection) -> None:
    products = lake.execute(
        "select product_review_avg, count(*), sum(price) from gold.fact_sales join gold.dim_product using (product_key) "
        "where product_review_avg is not null group by product_key, product_review_avg"
    ).fetchall()
    ((n, by_units, by_revenue),) = lake.execute("from gold.review_sales_correlation").fetchall()
    scores, units, revenue = ([float(v) for v in column] for column in zip(*products, strict=True))
    assert n == len(products) > 100
    assert abs(float(by_units) - statistics.correlation(scores, units)) < 1e-6
    assert abs(float(by_revenue) - statistics.correlation(scores, revenue)) < 1e-6
