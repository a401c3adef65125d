"""What a damaged lake gets: a sentence that names the damage, an honest exit code, and a way back."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import keystone, rows


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def objects(lake: Path, table: str) -> list[Path]:
    return sorted((lake / "bronze" / table).glob("*.parquet"))


def test_a_truncated_day_of_silver_is_a_breach_by_name(lake: Path) -> None:
    day = next((lake / "silver" / "orders").glob("*/*/*/part-0.parquet"))
    truncate(day)
    done = keystone(lake, "verify")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"{day.relative_to(lake)} is not what was built" in done.stderr


@pytest.mark.parametrize(
    "spoil", [truncate, pytest.param(Path.unlink, marks=pytest.mark.long)], ids=["truncated", "missing"]
)
def test_damaged_bronze_is_a_breach_by_name(lake: Path, spoil: object) -> None:
    (file,) = objects(lake, "orders")
    spoil(file)  # type: ignore[operator]
    done = keystone(lake, "verify")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"{file.relative_to(lake)} of ledger entry 1" in done.stderr
    built = keystone(lake, "run", "--no-pages", "--all")
    assert built.returncode == 3
    assert "Traceback" not in built.stderr
    assert "keystone verify" in built.stderr


@pytest.mark.long
def test_damaged_gold_is_named_and_built_anew(lake: Path) -> None:
    before = rows(lake, "select count(*) as n from gold.fact_sales")
    for file in (lake / "gold").rglob("*.duckdb"):
        file.write_bytes(b"garbage")
    assert rows(lake, "select count(*) > 0 as there from silver.orders") == [{"there": True}]
    gold = keystone(lake, "query", "select count(*) from gold.fact_sales")
    assert gold.returncode == 2
    assert "gold/gold.duckdb cannot be read" in gold.stderr
    assert keystone(lake, "gold", "list").returncode == 0
    done = keystone(lake, "verify")
    assert done.returncode == 1
    assert "run `keystone run`" in done.stderr
    assert keystone(lake, "run", "--no-pages").returncode == 0
    assert rows(lake, "select count(*) as n from gold.fact_sales") == before
    assert keystone(lake, "verify").returncode == 0


@pytest.mark.long
def test_a_key_that_moves_takes_both_of_its_days(lake: Path, synthetic: Path, tmp_path: Path) -> None:
    orders = pl.read_csv(next(synthetic.glob("*orders_dataset.csv")), infer_schema=False)
    order = orders.filter(pl.col("order_status") == "created").head(1)
    if not order.height:
        order = orders.filter(pl.col("order_delivered_customer_date").is_null()).head(1)
    there = "2018-01-05"
    drop = tmp_path / "drop"
    drop.mkdir()
    order.with_columns(order_purchase_timestamp=pl.lit(f"{there} 10:00:00")).write_csv(drop / "orders.csv")
    planned = keystone(
        lake, "run", "--no-pages", "--source", str(drop), "--all", "--from", there, "--to", there, "--dry-run", "--json"
    )
    assert set(json.loads(planned.stdout)["days"]["orders"]) == {there, order["order_purchase_timestamp"][0][:10]}
    done = keystone(lake, "run", "--no-pages", "--source", str(drop), "--all", "--from", there, "--to", there)
    assert done.returncode == 0, done.stderr
    twice = "select order_id from silver.orders group by all having count(*) > 1"
    assert rows(lake, twice) == []


@pytest.mark.long
def test_a_dry_run_names_the_months_of_a_person_that_moved(lake: Path, synthetic: Path, tmp_path: Path) -> None:
    bought = rows(
        lake,
        "select c.customer_id, any_value(c.customer_unique_id) as person from silver.customers as c "
        "join silver.orders as o using (customer_id) where c.customer_unique_id in "
        "(select customer_unique_id from silver.customers group by all having count(*) > 1) group by all order by all",
    )[0]
    customers = pl.read_csv(next(synthetic.glob("*customers_dataset.csv")), infer_schema=False)
    drop = tmp_path / "drop"
    drop.mkdir()
    customers.filter(pl.col("customer_id") == bought["customer_id"]).with_columns(
        customer_zip_code_prefix=pl.lit("99999")
    ).write_csv(drop / "customers.csv")
    said = json.loads(keystone(lake, "run", "--no-pages", "--source", str(drop), "--dry-run", "--json").stdout)
    assert said["days"] == {}
    assert said["tables"] == ["customers"]
    undated = keystone(
        lake, "run", "--no-pages", "--source", str(drop), "--dry-run", "--select", "silver/orders", "--json"
    )
    assert json.loads(undated.stdout)["months"] == []
    before = json.loads(keystone(lake, "gold", "list", "--json").stdout)[0]["version"]
    assert keystone(lake, "run", "--no-pages", "--source", str(drop)).returncode == 0
    newest = json.loads(keystone(lake, "gold", "list", "--json").stdout)[0]
    assert newest["version"] == before + 1
    assert newest["months_rebuilt"] == len(said["months"]) > 0


@pytest.mark.parametrize(
    ("command", "code", "why"),
    [
        (["query", "select case when i = 200000 then error('late') end from range(300000) t(i)"], 2, "late"),
        (["generate", "--out", "unused", "--scale", "0.00001"], 2, "0.0001 to 1000"),
        (["generate", "--out", "README.md"], 2, "is a file"),
        (["accept", "reject_budget", "--asset", "silver/orders", "--reason", " "], 2, "say why"),
        (
            ["accept", "unique_key", "--asset", "silver/orders", "--reason", "x", "--partition", "2018-01-01"],
            2,
            "whole table",
        ),
        (["quarantine", "replay", "silver/colours"], 2, "there is no table 'colours'"),
        (["--lake", "s3://somewhere", "doctor"], 3, "to be mended: "),
    ],
)
def test_bad_usage_is_told_in_a_sentence(built_lake: Path, command: list[str], code: int, why: str) -> None:
    done = keystone(built_lake, *command)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert why in done.stderr


def test_json_is_what_every_parser_reads(built_lake: Path) -> None:
    sql = "select 'inf'::double as a, 'nan'::double as b, 1 as c, 2 as c, timestamp '2018-01-01 00:00:01' as d"
    done = keystone(built_lake, "query", sql, "--json")
    found = json.loads(done.stdout, parse_constant=pytest.fail)
    assert found == [{"a": "inf", "b": None, "c": 1, "c_1": 2, "d": "2018-01-01 00:00:01"}]
    for command in (["status"], ["gold", "list"]):
        times = [v for row in json.loads(keystone(built_lake, *command, "--json").stdout) for v in row.values()]
        assert not [v for v in times if isinstance(v, str) and ("T" in v or "." in v) and v.startswith("20")]


def test_the_version_stands_before_and_after_a_command(tmp_path: Path) -> None:
    assert keystone(tmp_path, "--version").stdout == keystone(tmp_path, "status", "--version").stdout != ""
