"""`keystone` on a lake whose gold is Athena's: what a run leaves, and what people ask of it afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from tests.athena.built import Built
from tests.athena.comparison import difference, records
from tests.athena.conftest import ENV
from tests.athena.double.stack import Double
from tests.conftest import rows


@pytest.mark.athena_full
def test_each_model_s_asset_says_what_it_read_and_what_that_costs(built: Built) -> None:
    with dg.DagsterInstance.from_config(built.env["DAGSTER_HOME"]) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey(["gold", "fact_sales"]))
    assert event is not None
    assert event.asset_materialization is not None
    said = {name: value.value for name, value in event.asset_materialization.metadata.items()}
    assert said["bytes_scanned"] > 0
    billed = max(said["bytes_scanned"], 10_000_000)  # 10 MB at least, at $5 a terabyte
    assert said["athena_usd"] == pytest.approx(billed * 5e-12)
    assert said["dagster/row_count"] == built.local.table("fact_sales").height


@pytest.mark.athena_full
def test_a_second_run_builds_nothing(double: Double, built: Built) -> None:
    before = records(double, built)
    again = built.keystone("run", "--select", "group:gold")
    assert again.returncode == 0, again.stderr
    assert records(double, built) == before
    assert before


@pytest.mark.athena_full
def test_people_ask_export_and_check(built: Built, tmp_path: Path) -> None:
    sql = "select order_status, count(*) as orders from gold.fact_orders group by 1 order by 1"
    asked = built.keystone("query", sql, "--format", "json")
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout) == rows(built.lake, sql)
    out = tmp_path / "monthly_sales.csv"
    exported = built.keystone("export", "gold.monthly_sales", "--out", str(out))
    assert exported.returncode == 0, exported.stderr
    assert pl.read_csv(out).height == built.local.table("monthly_sales").height
    for command in (["verify"], ["check"], ["catalog", "plan"], ["status"]):
        done = built.keystone(*command)
        assert done.returncode == 0, (command, done.stderr)


@pytest.mark.athena_full
def test_a_table_dropped_behind_our_back_comes_back(double: Double, built: Built) -> None:
    glue = double.client("glue")
    glue.delete_table(DatabaseName=f"{ENV}_silver", Name="orders")
    glue.delete_table(DatabaseName=f"{ENV}_gold", Name="fact_orders")
    lacking = built.keystone("catalog", "plan")
    assert lacking.returncode == 1
    assert [line.split() for line in lacking.stdout.splitlines()[-2:]] == [
        [f"{ENV}_silver", "orders", "missing"],
        [f"{ENV}_gold", "fact_orders", "missing"],
    ]
    done = built.keystone("query", "select count(*) as n from silver.orders")
    assert done.returncode == 3
    assert "keystone catalog" in done.stderr
    mended = built.keystone("catalog", "apply")
    assert mended.returncode == 0, mended.stderr
    assert built.keystone("catalog", "plan").returncode == 0
    assert difference(built.local, built.athena, "fact_orders") is None
