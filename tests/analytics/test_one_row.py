"""One row of the input changes, and exactly the figures of the page that must change do so."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from keystone_nexus.analytics.dashboard.page import build_kpi_dashboard
from keystone_nexus.analytics.gold import gold_of
from keystone_nexus.lake.lake import Lake
from tests.analytics.odd_gold import NOTHING
from tests.analytics.pages import Page
from tests.conftest import keystone

MORE = Decimal("0.10")
ITEM = """
    select
        s.order_id, s.order_item_id, cast(d.date as varchar) as date, strftime(d.date, '%Y-%m-01') as month, c.state,
        p.category_name as category, r.value_cohort as cohort,
        substr(s.product_id, 1, 6) || '… ' || replace(p.category_name, '_', ' ') as product,
        substr(s.seller_id, 1, 6) || '… ' || v.seller_state as seller
    from gold.fact_sales s
    join gold.product_performance p using (product_id)
    join gold.seller_performance v using (seller_id)
    join gold.dim_customer c using (customer_key)
    join gold.dim_date d using (date_id)
    join (select customer_unique_id, case when monetary_score = 5 then 'high' else 'low' end as value_cohort
          from gold.customer_rfm) r using (customer_unique_id)
    where p.revenue_rank = 1 order by s.order_id, s.order_item_id limit 1
"""
"""An item of the product with the highest revenue, so that a few cents change no rank."""


def figures(lake: Path) -> dict[tuple[str, str], str]:
    page = Page(build_kpi_dashboard(gold_of(Lake(lake)), NOTHING))
    return {(one.kpi, one.key): one.value for one in page.figures}


@pytest.mark.long
def test_a_price_changes_its_figures_and_no_others(lake: Path, synthetic: Path, tmp_path: Path) -> None:
    before = figures(lake)
    (item,) = gold_of(Lake(lake)).frame(ITEM).iter_rows(named=True)
    drop(synthetic, tmp_path / "drop", item["order_id"], item["order_item_id"])
    done = keystone(lake, "run", "--source", str(tmp_path / "drop"))
    assert done.returncode == 0, done.stderr
    after = figures(lake)
    sums = {
        ("revenue", ""),
        ("monthly.revenue", item["month"]),
        ("daily.revenue", item["date"]),
        ("categories.revenue", item["category"]),
        ("states.revenue", item["state"]),
        ("products.revenue", item["product"]),
        ("sellers.revenue", item["seller"]),
    }
    means = {
        ("average_order_value", ""),
        ("monthly.average_order_value", item["month"]),
        ("states.average_order_value", item["state"]),
        ("value.average_order_value", item["cohort"]),
    }
    sums = {one for one in sums if one in before}
    assert len(sums) >= 6
    assert before.keys() == after.keys()
    assert {one for one in before if before[one] != after[one]} == sums | means
    for one in sums:
        assert Decimal(after[one]) == Decimal(before[one]) + MORE


def drop(source: Path, folder: Path, order: str, number: int) -> None:
    """The one item again, a few cents dearer."""
    name = "olist_order_items_dataset.csv"
    items = pl.read_csv(source / name, infer_schema=False)
    row = items.filter((pl.col("order_id") == order) & (pl.col("order_item_id").cast(pl.Int64) == number))
    assert row.height == 1
    folder.mkdir()
    row.with_columns(price=pl.lit(str(Decimal(row["price"][0]) + MORE))).write_csv(folder / name)
