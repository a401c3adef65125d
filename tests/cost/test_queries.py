"""Which columns a query reads, and how many bytes that is."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from keystone_nexus.analytics.dashboard.queries import dashboard_queries
from keystone_nexus.analytics.gold import gold_of
from keystone_nexus.cost.footers import Relation, cost_of, read_relation
from keystone_nexus.cost.stored import measure
from keystone_nexus.cost.used_columns import used_columns
from keystone_nexus.lake.lake import Lake

COLUMNS = {"a": ["id", "x", "wide"], "b": ["id", "y"]}


@pytest.mark.parametrize(
    ("sql", "used"),
    [
        ("select x from gold.a", {"a": {"x"}}),
        ("select * from gold.a", {"a": None}),
        ("select count(*) from gold.a", {"a": set()}),
        ("select one.x, y from gold.a as one join gold.b on one.id = b.id", {"a": {"x", "id"}, "b": {"y", "id"}}),
        ("with c as (select id, x from gold.a) select x from c", {"a": {"id", "x"}}),
        ("select x from gold.a where exists (select 1 from gold.b where b.y = a.x)", {"a": {"x"}, "b": {"y"}}),
        ("select id from gold.a union all select id from gold.b", {"a": {"id"}, "b": {"id"}}),
    ],
)
def test_the_columns_that_a_query_reads(sql: str, used: dict[str, set[str] | None]):
    assert used_columns(sql, COLUMNS) == used


def test_bytes_are_those_of_the_footers_of_the_used_columns_alone(tmp_path: Path):
    frame = pl.DataFrame({"small": [1] * 1000, "wide": [str(n) * 20 for n in range(1000)]})
    for number in range(3):
        frame.write_parquet(tmp_path / f"{number}.parquet", compression="snappy", row_group_size=400)
    found = read_relation(sorted(tmp_path.glob("*.parquet")))
    chunks = 0
    for file in tmp_path.glob("*.parquet"):
        footer = pq.ParquetFile(file).metadata
        for group in range(footer.num_row_groups):
            chunks += footer.row_group(group).column(1).total_compressed_size
    assert found.files == 3
    assert found.bytes_of({"wide"}) == chunks > found.bytes_of({"small"}) > 0
    assert found.bytes_of(None) == found.bytes_of({"small", "wide"})


def test_a_small_query_is_billed_ten_megabytes_and_a_large_one_its_bytes():
    small = cost_of("small", {"t": {"x"}}, {"t": Relation(1, {"x": 5})})
    assert small.athena_usd == Decimal("0.00005")
    large = cost_of("large", {"t": {"x"}}, {"t": Relation(1, {"x": 10**12, "y": 10**12})})
    assert large.athena_usd == 5


def test_requests_are_of_files_and_columns():
    found = cost_of("q", {"t": {"x", "y"}}, {"t": Relation(24, {"x": 1, "y": 1, "z": 1})})
    assert found.requests_usd == Decimal("24") * 3 * Decimal("0.0000004") + Decimal("0.000005")


def test_each_query_of_the_dashboard_is_costed_from_the_gold_that_is_there(built_lake: Path):
    lake = Lake(built_lake)
    stored = measure(lake)
    columns = {name: list(one.columns) for name, one in stored.gold.items()}
    asked = dashboard_queries(gold_of(lake))
    found = [cost_of(name, used_columns(sql, columns), stored.gold) for name, sql in asked]
    assert len(found) >= 15
    assert all(one.relations and one.usd > 0 for one in found)
    assert len({one.name for one in found}) == len(found)
    assert stored.gold["fact_orders"].files > 12
    totals = next(one for one in found if one.name == "totals")
    assert 0 < totals.bytes < sum(stored.gold[name].bytes for name in totals.relations)
    assert stored.silver["orders"].files == len(list((built_lake / "silver" / "orders").rglob("*.parquet")))
