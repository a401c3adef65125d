"""The known answers of the real dataset, to the last cent, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import keystone

ANSWERS = {
    "select sum(price), sum(freight_value), count(*) from gold.fact_sales": ["13591643.70", "2251909.54", 112650],
    "select count(*), sum(payment_value), count(*) filter (where items = 0) from gold.fact_orders": [
        99441,
        "16008872.12",
        775,
    ],
    "select (select sum(payment_value) from gold.fact_sales) + "
    "(select sum(payment_value) from gold.fact_orders where items = 0)": ["16008872.12"],
    "select count(*), sum(customer_lifetime_value) from gold.dim_customer "
    "where is_current and customer_unique_id <> 'unknown'": [96096, "16008872.12"],
    "select count(*) filter (where is_late), count(is_late), "
    "cast(round(avg(delivery_days), 2) as varchar) from gold.fact_orders where order_status = 'delivered'": [
        6534,
        96470,
        "12.5",
    ],
    "select count(*), cast(round(avg(review_score), 4) as varchar) from gold.fact_reviews": [99207, "4.0867"],
    "select count(*) from silver.geolocation": [738305],
    "select count(*) from quarantine.geolocation": [31],
    "select count(*) from quarantine.order_reviews": [17],
    "select count(*) from bronze.geolocation": [1000163],
    "select order_status, count(*) from gold.fact_orders group by 1 order by 2 desc limit 2": [
        "delivered",
        96478,
        "shipped",
        1107,
    ],
    "select count(*), sum(price) from gold.fact_orders where date_id between 20171101 and 20171130": [
        7544,
        "1010271.37",
    ],
    "select category_name from gold.fact_sales join gold.dim_product using (product_key) "
    "group by 1 order by sum(price) desc limit 1": ["health_beauty"],
    "select category_name from gold.fact_sales join gold.dim_product using (product_key) "
    "group by 1 order by count(*) desc limit 1": ["bed_bath_table"],
    "select count(*) from gold.dim_date": [774],
    "select count(*) from (select customer_unique_id from silver.customers c "
    "join silver.orders o using (customer_id) group by 1 having count(*) > 1)": [2997],
    # The KPI marts: the totals that everybody knows of this data, from every mart that has them.
    "select sum(orders), sum(items), sum(revenue), sum(freight_value), sum(payment_value), sum(late_deliveries), "
    "sum(deliveries), sum(reviews), sum(new_customers), "
    "cast(round(sum(revenue) / sum(orders_with_items), 2) as varchar) from gold.monthly_sales": [
        99441,
        112650,
        "13591643.70",
        "2251909.54",
        "16008872.12",
        6534,
        96470,
        99207,
        96096,
        "137.75",
    ],
    "select strftime(month, '%Y-%m'), orders, revenue from gold.monthly_sales order by revenue desc limit 1": [
        "2017-11",
        7544,
        "1010271.37",
    ],
    # November 2016 has no orders; the data begins on September 4th, 2016 and ends on October 17th, 2018.
    "select count(*), count(*) filter (where orders = 0), min(month) filter (where orders = 0), "
    "count(*) filter (where is_partial), count(growth) from gold.monthly_sales": [26, 1, "2016-11-01", 2, 24],
    "select count(*), sum(orders), sum(revenue), min(date), max(date) from gold.daily_sales": [
        774,
        99441,
        "13591643.70",
        "2016-09-04",
        "2018-10-17",
    ],
    "select (select category_name from gold.category_performance where revenue_rank = 1), "
    "(select category_name from gold.category_performance where units_rank = 1), "
    "(select count(*) from gold.category_performance), sum(units), sum(revenue), count(*) "
    "from gold.product_performance": ["health_beauty", "bed_bath_table", 74, 112650, "13591643.70", 32951],
    "select count(*), sum(units), sum(revenue) from gold.seller_performance": [3095, 112650, "13591643.70"],
    "select count(*), sum(orders), sum(deliveries), max_by(state, orders), max(orders) from gold.state_performance": [
        27,
        99441,
        96470,
        "SP",
        41746,
    ],
    "select sum(items), sum(revenue), max(distance_km) < 4500, min(distance_km) > 0 from gold.regional_logistics": [
        112650,
        "13591643.70",
        True,
        True,
    ],
    "select count(*), sum(payments), sum(payment_value), max_by(payment_type, payment_value), "
    "sum(payments) filter (where payment_type = 'not_defined') from gold.payment_mix": [
        5,
        103886,
        "16008872.12",
        "credit_card",
        3,
    ],
    "select count(*), sum(monetary), count(*) filter (where frequency > 1), max(frequency), "
    "count(distinct segment) from gold.customer_rfm": [96096, "16008872.12", 2997, 17, 8],
    "select sum(customers), max(customers) filter (where value_cohort = 'high'), sum(orders), sum(payment_value) "
    "from gold.customer_value_cohorts": [96096, 19219, 99441, "16008872.12"],
    "select sum(customers) filter (where months_since = 0), sum(orders), "
    "min(retention) filter (where months_since = 0) from gold.customer_cohorts": [96096, 99441, "1.000000"],
    # Products that are liked more do not sell more.
    "select products = (select count(product_review_avg) from gold.dim_product), "
    "abs(review_units_correlation) < 0.01, abs(review_revenue_correlation) < 0.01 "
    "from gold.review_sales_correlation": [True, True, True],
}


@pytest.mark.real
@pytest.mark.parametrize("sql", ANSWERS)
def test_known_answer(real_lake: Path, sql: str) -> None:
    done = keystone(real_lake, "query", sql, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert [v for row in json.loads(done.stdout) for v in row.values()] == ANSWERS[sql]


@pytest.mark.real
def test_warnings_have_their_counts(real_lake: Path) -> None:
    from keystone_nexus.lake import builds
    from keystone_nexus.lake.lake import Lake
    from keystone_nexus.quality.gates import sum_counts

    odd = sum_counts(builds.read(Lake(real_lake))["warnings"])
    assert odd["carrier_before_approval"] == 1359
    assert odd["carrier_before_purchase"] == 166
    assert odd["delivered_before_carrier"] == 23
    assert odd["zero_installments"] == 2


@pytest.mark.real
def test_the_lake_verifies_and_its_gates_hold(real_lake: Path) -> None:
    assert keystone(real_lake, "verify").returncode == 0
    assert keystone(real_lake, "check").returncode == 0
