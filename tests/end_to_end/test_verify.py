"""`verify` compares values, not only counts: what is wrong with the right count, and with the right digest, is found."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from keystone_nexus.lake import builds
from keystone_nexus.lake.days import day_of
from keystone_nexus.lake.lake import Lake
from keystone_nexus.transforms.verify import read_back
from tests.conftest import keystone


def tamper(lake: Path, layer: str, table: str, change: pl.Expr) -> date | None:
    """Changes the first object of a table, and what was recorded of it: the digests of the lake agree with each other.

    Returns its day.
    """
    path = sorted((lake / layer / table).rglob("part-0.parquet"))[0]
    dated = path.parent.name.startswith("day=")
    day = day_of(path.parent) if dated else None
    rows = pl.read_parquet(path, glob=False)
    changed = rows.with_columns(change)
    assert not changed.equals(rows)
    changed.write_parquet(path, compression="snappy")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    mine = builds.read(Lake(lake)).filter(
        (pl.col("table") == table) & (pl.col("day") == day if day else pl.col("day").is_null())
    )
    assert mine.height == 1
    record = mine.with_columns(pl.lit(sha256).alias(f"{layer}_sha256"))
    builds.append(Lake(lake), record.select(list(builds.SCHEMA)), int(mine["position"][0]), "tampered")
    return day


FIRST = pl.int_range(pl.len()) == 0


@pytest.mark.parametrize(
    ("layer", "table", "column", "value"),
    [
        ("silver", "order_items", "price", pl.lit("0.07").cast(pl.Decimal(12, 2))),
        ("silver", "orders", "order_status", pl.lit("shipped")),
        ("silver", "order_reviews", "review_comment_message", pl.lit("never written")),
        ("silver", "customers", "customer_city", pl.lit("nowhere")),
        ("silver", "geolocation", "geolocation_lat", pl.lit(-1.5)),
        ("quarantine", "order_reviews", "review_score", pl.lit("-7")),
        ("quarantine", "order_reviews", "_rules", pl.lit(["range:review_score"])),
        ("quarantine", "geolocation", "_source_row", pl.lit(1, pl.Int64)),
    ],
)
def test_a_value_that_bronze_does_not_give_is_found(
    lake: Path, layer: str, table: str, column: str, value: pl.Expr
) -> None:
    if not list((lake / layer / table).rglob("part-0.parquet")):
        pytest.fail(f"the lake of the tests has no {layer} of {table}")
    kind = pl.read_parquet(sorted((lake / layer / table).rglob("part-0.parquet"))[0], glob=False).schema[column]
    day = tamper(lake, layer, table, pl.when(FIRST).then(value.cast(kind)).otherwise(pl.col(column)).alias(column))
    (found, *more) = [text for text in read_back(Lake(lake)).breaches if not text.startswith("gold.")]
    assert not more
    assert f"{layer}/{table}" in found
    assert str(day or "part-0") in found
    assert "keystone run --all" in found


@pytest.mark.parametrize(
    ("sql", "relation"),
    [
        ("update gold.gold.fact_sales set price = price + 1 where order_item_id = 1", "fact_sales"),
        ("update gold.gold.fact_orders set order_status = 'canceled' where date_id % 10 = 3", "fact_orders"),
        ("update gold.gold.fact_reviews set review_score = 6 - review_score", "fact_reviews"),
        ("update gold.gold.dim_seller set seller_city = 'nowhere'", "dim_seller"),
        ("delete from gold.gold.dim_product where category_name = 'toys'", "dim_product"),
        # Two months exchange their figures: every total stays.
        ("update gold.gold.monthly_sales set month = month + interval 1 month", "monthly_sales"),
        ("update gold.gold.seller_performance set revenue = 0", "seller_performance"),
        ("update gold.gold.payment_mix set payment_value = payment_value + 1", "payment_mix"),
        ("update gold.gold.customer_rfm set monetary = 0", "customer_rfm"),
    ],
)
def test_gold_that_is_not_what_silver_gives_is_found(lake: Path, sql: str, relation: str) -> None:
    with duckdb.connect(str(lake / "gold" / "gold.duckdb")) as connection:
        connection.execute(sql)
    found = read_back(Lake(lake)).breaches
    assert any(text.startswith(f"gold.{relation}: ") for text in found), found


def test_what_was_not_looked_at_is_said(lake: Path, tmp_path: Path) -> None:
    said: dict[str, Any] = json.loads(keystone(lake, "verify", "--json").stdout)
    assert said["sound"]
    assert len(said["not_compared"]) == 1
    (drop := tmp_path / "drop").mkdir()
    header = "order_id,payment_sequential,payment_type,payment_installments,payment_value\n"
    order = duckdb.sql(f"select order_id from '{lake}/silver/orders/*/*/*/part-0.parquet' limit 1").fetchall()[0][0]
    (drop / "payments.csv").write_text(header + f"{order},99,boleto,1,5.00\n")
    from keystone_nexus.source.land import land

    land(Lake(lake), str(drop))
    done = keystone(lake, "verify")
    assert done.returncode == 0, done.stderr
    assert "1 pending days" in done.stdout
    assert "not looked at: the pages" in done.stdout
