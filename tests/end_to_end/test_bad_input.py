"""What bad rows get: the rules that they break in quarantine with their text untouched, or silver with the right value.

One drop holds a row per case beside sound data; the lake is built from it once. A case is its table, the columns in
which it differs from a sound row, and the rules that it breaks or, where it breaks none, what silver holds of it.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb
import polars as pl
import pytest

from keystone_nexus.cli.show import plain
from keystone_nexus.contracts.catalog import table
from keystone_nexus.lake.acceptances import accept
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.sql import connect
from tests.conftest import keystone
from tests.end_to_end.bad_rows import CASES, TEXT_CASES, Case
from tests.helpers import header_of

SOUND = {
    "orders": {
        "order_id": "{id}",
        "customer_id": "{customer}",
        "order_status": "delivered",
        "order_purchase_timestamp": "2018-01-03 10:00:00",
        "order_approved_at": "2018-01-03 11:00:00",
        "order_delivered_carrier_date": "2018-01-04 10:00:00",
        "order_delivered_customer_date": "2018-01-05 10:00:00",
        "order_estimated_delivery_date": "2018-01-09 00:00:00",
    },
    "order_items": {
        "order_id": "{order}",
        "order_item_id": "{number}",
        "product_id": "{product}",
        "seller_id": "{seller}",
        "shipping_limit_date": "2018-01-09 00:00:00",
        "price": "10.00",
        "freight_value": "1.00",
    },
    "order_payments": {
        "order_id": "{order}",
        "payment_sequential": "{number}",
        "payment_type": "credit_card",
        "payment_installments": "1",
        "payment_value": "10.00",
    },
    "order_reviews": {
        "review_id": "{id}",
        "order_id": "{order}",
        "review_score": "5",
        "review_comment_title": "",
        "review_comment_message": "",
        "review_creation_date": "2018-01-06 00:00:00",
        "review_answer_timestamp": "2018-01-07 00:00:00",
    },
    "customers": {
        "customer_id": "{id}",
        "customer_unique_id": "{id}",
        "customer_zip_code_prefix": "01001",
        "customer_city": "sao paulo",
        "customer_state": "SP",
    },
    "products": {
        **dict.fromkeys(table("products").source_columns, "1"),
        "product_id": "{id}",
        "product_category_name": "pets",
    },
    "geolocation": {
        "geolocation_zip_code_prefix": "99999",
        "geolocation_lat": "-1.5",
        "geolocation_lng": "-50.{number}",
        "geolocation_city": "{id}",
        "geolocation_state": "PA",
    },
}


@dataclass
class Built:
    """The lake, and per table where its bad file lies and what it says."""

    lake: Lake
    done: int
    said: str
    objects: dict[str, str] = field(default_factory=dict[str, str])
    written: dict[str, list[dict[str, str]]] = field(default_factory=dict[str, list[dict[str, str]]])

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        return connect(self.lake)

    def ask(self, sql: str) -> list[dict[str, object]]:
        answer = self.connection.execute(sql)
        names = [column[0] for column in answer.description or []]
        return [dict(zip(names, plain(list(row)), strict=True)) for row in answer.fetchall()]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, synthetic: Path) -> Built:
    folder = tmp_path_factory.mktemp("bad")
    drop = Path(shutil.copytree(synthetic, folder / "drop"))
    known = {
        "customer": pl.read_csv(drop / "olist_customers_dataset.csv", infer_schema=False)["customer_id"][0],
        "order": pl.read_csv(drop / "olist_orders_dataset.csv", infer_schema=False)["order_id"][0],
        "product": pl.read_csv(drop / "olist_products_dataset.csv", infer_schema=False)["product_id"][0],
        "seller": pl.read_csv(drop / "olist_sellers_dataset.csv", infer_schema=False)["seller_id"][0],
    }
    found = Built(Lake(folder / "lake"), 0, "")
    for name, sound in SOUND.items():
        path = drop / f"{name}-bad.csv"
        rows: list[dict[str, str]] = []
        for number, case in enumerate(c for c in CASES if c.table == name):
            values = {k: v.format(id=case.id, number=1000 + number, **known) for k, v in sound.items()}
            rows.append(values | case.given)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(sound), quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows(rows)
        with path.open("ab") as file:
            file.writelines(text + b"\n" for text, _, _ in TEXT_CASES.get(name, []))
        found.written[name] = rows
        found.objects[name] = f"bronze/{name}/{hashlib.sha256(path.read_bytes()).hexdigest()}.parquet"
    (drop / "sellers-more.csv").write_text(header_of("sellers")[:-1] + ",since\n")
    done = keystone(found.lake.root, "run", "--no-pages", "--source", str(drop))
    found.done, found.said = done.returncode, done.stderr
    return found


def place(built: Built, name: str, number: int) -> str:
    return f"where _source_object = '{built.objects[name]}' and _source_row = {number}"


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.table}:{c.id}")
def test_a_row_breaks_its_rules_or_is_silver(built: Built, case: Case) -> None:
    number = [c.id for c in CASES if c.table == case.table].index(case.id)
    written = built.written[case.table][number]
    columns = ", ".join(f'"{name}"' for name in written)
    where = place(built, case.table, number + 1)
    assert built.ask(f"select {columns} from bronze.{case.table} {where}") == [written]
    rejected = built.ask(f"select {columns}, _rules from quarantine.{case.table} {where}")
    if case.rules:
        assert rejected == [{**written, "_rules": case.rules}]
        return
    assert rejected == []
    spec = table(case.table)
    key = " and ".join(f"\"{k}\"::varchar = '{written[spec.column(k).source].strip()}'" for k in case.key or spec.key)
    silver = built.ask(f"select {', '.join(case.silver)} from silver.{case.table} where {key}")
    assert silver == [case.silver]


@pytest.mark.parametrize(("name", "number"), [(n, i) for n, cases in TEXT_CASES.items() for i in range(len(cases))])
def test_a_record_that_is_none_is_kept_as_text(built: Built, name: str, number: int) -> None:
    _, text, rule = TEXT_CASES[name][number]
    where = place(built, name, len(built.written[name]) + number + 1)
    columns = table(name).source_columns
    nothing = dict.fromkeys(columns)
    (row,) = built.ask(f"select {', '.join(columns)}, _raw, _rules, _day from quarantine.{name} {where}")
    assert row == {**nothing, "_raw": text, "_rules": [rule], "_day": None}


def test_the_run_says_which_budgets_broke_and_nothing_is_lost(built: Built) -> None:
    assert built.done == 1, built.said
    assert "Traceback" not in built.said
    assert "reject_budget" in built.said
    assert keystone(built.lake.root, "verify").returncode == 0
    for name in SOUND:
        (held,) = built.ask(f"select count(*) as n from bronze.{name} where _source_object = '{built.objects[name]}'")
        assert held["n"] == len(built.written[name]) + len(TEXT_CASES.get(name, []))


@pytest.mark.long
def test_check_names_what_is_wrong_and_gold_can_be_built_of_what_was_accepted(built: Built) -> None:
    verdicts = json.loads(keystone(built.lake.root, "check", "--json").stdout)
    closed = sorted({(v["asset"], v["check"]) for v in verdicts if v["severity"] == "ERROR" and not v["passed"]})
    assert ("silver/orders", "reject_budget") in closed
    drift = {v["asset"]: v["severity"] for v in verdicts if v["check"] == "schema_drift" and v["passed"] is False}
    assert drift == {"bronze/sellers": "WARN"}
    for asset, check in closed:
        accept(built.lake, asset, check, None, "bad on purpose", None)
    done = keystone(built.lake.root, "run", "--no-pages")
    assert done.returncode == 0, done.stderr
    vars(built).pop("connection", None)  # read anew, also where an earlier test has read it
    items = built.ask("select sum(price)::varchar as price, count(*) as n from silver.order_items")
    assert built.ask("select sum(price)::varchar as price, count(*) as n from gold.fact_sales") == items
