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
