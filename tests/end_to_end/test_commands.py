"""The command line from outside: exit codes, output, and what a run leaves behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import keystone, rows


def silver_bytes(lake: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(lake)): p.read_bytes()
        for layer in ("silver", "quarantine")
        for p in (lake / layer).rglob("*.parquet")
        if "_builds" not in p.parts
    }


def gold_rows(lake: Path) -> dict[str, list[tuple[object, ...]]]:
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{lake}/gold/gold.duckdb' as g (read_only)")
        names = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'g' and schema_name = 'gold'"
        ).fetchall()
        return {n: connection.execute(f"select * from g.gold.{n} order by all").fetchall() for (n,) in names}


def read(folder: Path, table: str) -> pl.DataFrame:
    name = f"olist_{table}_dataset.csv"
    return pl.read_csv(folder / name, infer_schema=False)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["no-such-command"], 2),
        (["run", "--source", "/no/such/place"], 2),
        (["run", "--from", "2018-02-30"], 2),
        (["run", "--from", "2018-02-03", "--to", "2018-02-01"], 2),
        (["run", "--select", "no such ( thing"], 2),
        (["query", "select * from nowhere"], 2),
        (["query", "drop table gold.fact_sales"], 2),
        (["query", "select 1; select 2"], 2),
        (["query", "copy (select 1) to '/tmp/keystone-must-not-exist.csv'"], 2),
        (["query", "select * from read_csv('/etc/passwd')"], 2),
        (["describe", "silver.orders"], 0),
        (["describe", "orders.order_status"], 0),
        (["describe", "gold.fact_sales"], 0),
        (["describe", "nothing"], 2),
        (["status"], 0),
        (["check"], 0),
        (["verify"], 0),
        (["quarantine", "list"], 0),
        (["quarantine", "show", "order_reviews"], 0),
        (["quarantine", "show", "order_reviews", "--rule", "nonsense"], 2),
        (["gold", "list"], 0),
        (["gold", "rollback", "99"], 2),
        (["run", "--dry-run"], 0),
        (["run", "--env", "prod"], 2),
        (["run", "--env", "nowhere"], 2),
        (["doctor"], 0),
        (["generate", "--out", "/tmp/x", "--scale", "-1"], 2),
        (["accept", "no_check", "--asset", "silver/orders", "--reason", "x"], 2),
    ],
)
def test_exit_codes(built_lake: Path, arguments: list[str], code: int) -> None:
    done = keystone(built_lake, *arguments)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    if code:
        assert done.stderr.strip()


def test_help_imports_nothing_slow() -> None:
    told = "import sys; from keystone_nexus.cli.main import main\nmain(); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", told, "--help"], capture_output=True, text=True, check=True)
    assert "source to bronze" in done.stdout
    for slow in ("dagster", "dbt", "polars", "pandera", "duckdb", "altair"):
        assert f"'{slow}'" not in done.stdout


def test_a_second_run_finds_nothing_to_do(lake: Path, synthetic: Path) -> None:
    before = silver_bytes(lake)
    done = keystone(lake, "run", "--no-pages", "--source", str(synthetic), "--json")
    assert done.returncode == 0, done.stderr
    assert "already in the lake" in done.stderr
    summary = json.loads(done.stdout)
    assert summary["landed"] == []
    assert summary["days_built"] == 0
    assert not summary["gold_published"]
    assert silver_bytes(lake) == before


@pytest.mark.long
def test_everything_again_is_byte_identical(lake: Path) -> None:
    before, gold = silver_bytes(lake), gold_rows(lake)
    done = keystone(lake, "run", "--no-pages", "--all")
    assert done.returncode == 0, done.stderr
    assert silver_bytes(lake) == before
    assert gold_rows(lake) == gold


@pytest.mark.long
def test_a_lake_rebuilt_from_bronze_is_the_same(lake: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    shutil.copy(lake / "lake.json", second)
    shutil.copytree(lake / "bronze", second / "bronze")
    done = keystone(second, "run", "--no-pages")
    assert done.returncode == 0, done.stderr
    assert silver_bytes(second) == silver_bytes(lake)
    assert gold_rows(second) == gold_rows(lake)
    assert keystone(second, "verify").returncode == 0


def test_one_changed_order_rebuilds_its_day_and_month_alone(lake: Path, synthetic: Path, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    order = read(synthetic, "orders").filter(pl.col("order_status") == "delivered").head(1)
    order.with_columns(order_status=pl.lit("canceled")).write_csv(drop / "orders.csv")
    day = order["order_purchase_timestamp"][0][:10]
    before = silver_bytes(lake)

    dry = json.loads(keystone(lake, "run", "--no-pages", "--source", str(drop), "--dry-run", "--json").stdout)
    assert dry["days"] == {"orders": [day]}
    assert dry["months"] == [day[:7]]
    assert silver_bytes(lake) == before

    done = keystone(lake, "run", "--no-pages", "--source", str(drop), "--json")
    assert done.returncode == 0, done.stderr
    after = silver_bytes(lake)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed == {f"silver/orders/year={day[:4]}/month={day[5:7]}/day={day[8:]}/part-0.parquet"}
    assert rows(lake, f"select order_status from gold.fact_orders where order_id = '{order['order_id'][0]}'") == [
        {"order_status": "canceled"}
    ]
    incremental = gold_rows(lake)
    assert keystone(lake, "verify").returncode == 0
    (lake / "gold" / "gold.duckdb").unlink()
    assert keystone(lake, "run", "--no-pages").returncode == 0
    assert gold_rows(lake) == incremental


@pytest.mark.long
def test_an_orphan_waits_and_returns_with_its_parent(lake: Path, synthetic: Path, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    payment = read(synthetic, "order_payments").head(1).with_columns(order_id=pl.lit("later"))
    payment.write_csv(drop / "olist_order_payments_dataset.csv")
    assert keystone(lake, "run", "--no-pages", "--source", str(drop)).returncode == 0
    waiting = rows(lake, "select _rules, _day, order_id from quarantine.order_payments where order_id = 'later'")
    assert waiting == [{"_rules": ["foreign_key:order_id"], "_day": None, "order_id": "later"}]

    (drop / "olist_order_payments_dataset.csv").unlink()
    order = read(synthetic, "orders").head(1).with_columns(order_id=pl.lit("later"))
    order.write_csv(drop / "orders.csv")
    assert keystone(lake, "run", "--no-pages", "--source", str(drop)).returncode == 0
    assert rows(lake, "select count(*) as n from quarantine.order_payments where order_id = 'later'") == [{"n": 0}]
    assert rows(lake, "select payment_value from silver.order_payments where order_id = 'later'") == [
        {"payment_value": payment["payment_value"][0]}
    ]
    assert keystone(lake, "verify").returncode == 0


@pytest.mark.long
def test_days_outside_the_range_stay_pending(tmp_path: Path, synthetic: Path) -> None:
    lake = tmp_path / "lake"
    done = keystone(
        lake, "run", "--no-pages", "--source", str(synthetic), "--from", "2017-11-01", "--to", "2017-11-30", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["days_built"] == 30
    assert keystone(lake, "verify").returncode == 0
    assert rows(lake, "select count(distinct month) as months from silver.orders") == [{"months": 1}]
    assert keystone(lake, "run", "--no-pages").returncode == 0
    assert rows(lake, "select count(*) as n from silver.orders") == rows(
        lake, "select count(*) as n from bronze.orders"
    )
    assert keystone(lake, "verify").returncode == 0


def test_a_gate_withholds_gold_until_the_breach_is_accepted(lake: Path, synthetic: Path, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    items = read(synthetic, "order_items")
    bad = items.head(400).with_columns(price=pl.lit("-1.00"), order_item_id=pl.lit("77"))
    bad.write_csv(drop / "olist_order_items_dataset.csv")
    before = gold_rows(lake)
    done = keystone(lake, "run", "--no-pages", "--source", str(drop))
    assert done.returncode == 1
    assert "range:price" in done.stderr
    assert gold_rows(lake) == before
    assert rows(
        lake, "select count(*) as n from quarantine.order_items where list_contains(_rules, 'range:price')"
    ) == [{"n": 400}]
    assert keystone(lake, "run", "--no-pages").returncode == 1, "a gate holds across runs"
    verdicts = json.loads(keystone(lake, "check", "--json").stdout)
    closed = [v for v in verdicts if not v["passed"] and v["severity"] == "ERROR"]
    assert {v["check"] for v in closed} == {"reject_budget"} | {v["check"] for v in closed if v["partition"]}
    for verdict in {(v["asset"], v["check"]) for v in closed}:
        accepted = keystone(lake, "accept", verdict[1], "--asset", verdict[0], "--reason", "known bad price list")
        assert accepted.returncode == 0, accepted.stderr
    done = keystone(lake, "run", "--no-pages")
    assert done.returncode == 0, done.stderr
    assert keystone(lake, "check").returncode == 0


@pytest.mark.long
def test_gold_goes_back_and_stays_until_something_changes(lake: Path, synthetic: Path, tmp_path: Path) -> None:
    first = gold_rows(lake)
    drop = tmp_path / "drop"
    drop.mkdir()
    order = read(synthetic, "orders").head(3).with_columns(order_status=pl.lit("unavailable"))
    order.write_csv(drop / "orders.csv")
    assert keystone(lake, "run", "--no-pages", "--source", str(drop)).returncode == 0
    second = gold_rows(lake)
    assert second != first
    assert keystone(lake, "gold", "rollback").returncode == 0
    assert gold_rows(lake) == first
    assert keystone(lake, "run", "--no-pages").returncode == 0
    assert gold_rows(lake) == first, "a rollback holds while nothing is pending"
    assert keystone(lake, "run", "--no-pages", "--all").returncode == 0
    assert gold_rows(lake) == second
    versions = json.loads(keystone(lake, "gold", "list", "--json").stdout)
    assert [v["current"] for v in versions].count(True) == 1


def test_a_second_run_names_the_holder_of_the_lock(built_lake: Path) -> None:
    from keystone_nexus.lake.lock import lake_lock

    second = (
        "import pathlib, sys; from keystone_nexus.lake.lock import lake_lock\n"
        "with lake_lock(pathlib.Path(sys.argv[1]), 'second', 0.3): pass"
    )
    with lake_lock(built_lake, "keystone run of a test"):
        done = subprocess.run(
            [sys.executable, "-c", second, str(built_lake)], capture_output=True, text=True, check=False
        )
        assert "keystone run of a test" in done.stderr
        assert str(os.getpid()) in done.stderr
    done = subprocess.run([sys.executable, "-c", second, str(built_lake)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_killed_holder_releases_the_lock(lake: Path) -> None:
    holder = (
        "import pathlib, sys, time; from keystone_nexus.lake.lock import lake_lock\n"
        "with lake_lock(pathlib.Path(sys.argv[1]), 'killed'): print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", holder, str(lake)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    process.kill()
    process.wait()
    assert keystone(lake, "run", "--no-pages").returncode == 0
