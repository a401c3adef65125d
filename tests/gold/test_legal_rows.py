"""Whatever rows the contracts admit, gold builds and its tests pass (semantics.md, "Gold")."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from keystone_nexus.contracts.catalog import Column, Table, table, tables
from keystone_nexus.orchestration.dbt_run import KINDS
from tests.gold.conftest import FILE, Dbt, create_silver, insert, prepare

TEXTS = [
    "unknown",
    "a",
    "a|b",
    "b|c",
    "c",
    "1:a",
    "'",
    '"',
    "%",
    "São Paulo",
    "日本",
    "\x0b",
    "\u202e",
    "x" * 5000,
    "-",
]
TODAY = datetime(2026, 1, 1)
MOST = Decimal("9999999999.99")


def legal(random: Random, column: Column) -> Any:
    """A value that the contract admits, at its edges more often than not; null where it may be."""
    if not column.required and random.random() < 0.2:
        return None
    if column.domain:
        return random.choice(column.domain)
    match column.kind:
        case "money":
            return random.choice([Decimal("0.00"), Decimal("0.01"), Decimal("19.90"), MOST])
        case "integer":
            return random.choice([0, 1, 2, -1, 2**63 - 1, -(2**63)])
        case "coordinate":
            return random.choice([column.minimum, column.maximum, 0.0])
        case "timestamp" if column.not_before:
            first = datetime.fromisoformat(column.not_before)
            return first + timedelta(seconds=random.randrange(int((TODAY - first).total_seconds())))
        case "timestamp":
            return random.choice([datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59), datetime(2018, 5, 1)])
        case _:
            return random.choice(["01310", "99999", "00000"] if column.pattern else TEXTS)


def rows_of(random: Random, spec: Table, parents: dict[str, list[dict[str, Any]]], most: int) -> list[dict[str, Any]]:
    """Rows of distinct keys, with parents, in order."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for _ in range(most):
        row = {c.name: legal(random, c) for c in spec.columns}
        for column, parent in spec.foreign_keys.items():
            row[column] = random.choice(parents[parent])[column]
        for earlier, later in spec.orders:
            if row[earlier] and row[later] and row[later] < row[earlier]:
                row[later] = None
        found.setdefault(tuple(row[c] for c in spec.key), row)
    return list(found.values())


def fill(connection: duckdb.DuckDBPyConnection, random: Random) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for name in sorted(tables(), key=lambda name: (len(table(name).foreign_keys), name != "orders")):
        spec = table(name)
        rows[name] = rows_of(random, spec, rows, 40)
        for row in rows[name]:
            insert(connection, name, row | (_partition(spec, row, rows) if spec.dated else {}))
    return rows


def _partition(spec: Table, row: dict[str, Any], rows: dict[str, list[dict[str, Any]]]) -> dict[str, int]:
    if spec.own_day:
        day = row[spec.own_day]
    else:
        order = next(o for o in rows["orders"] if o["order_id"] == row["order_id"])
        day = order["order_purchase_timestamp"]
    return {"year": day.year, "month": day.month, "day": day.day}


@pytest.mark.parametrize("seed", [1, 2])
def test_gold_of_any_legal_rows_builds(dbt: Dbt, tmp_path: Path, seed: int) -> None:
    file = tmp_path / FILE
    with duckdb.connect(str(file)) as connection:
        create_silver(connection)
        rows = fill(connection, Random(seed))
        months = {o["order_purchase_timestamp"].date().replace(day=1) for o in rows["orders"]}
        prepare(connection, sorted(str(month) for month in months))
    statuses = dbt("build", file, *KINDS)
    assert {n: s for n, s in statuses.items() if s not in ("success", "pass")} == {}
    with duckdb.connect(str(file)) as connection:
        one = "select count(*), count(*) filter (where product_id = 'unknown') from gold.dim_product"
        real = sum(row["product_id"] == "unknown" for row in rows["products"])
        assert connection.execute(one).fetchall() == [(len(rows["products"]) + 1, real + 1)]
        assert connection.execute("select count(*) from gold.fact_sales").fetchall() == [(len(rows["order_items"]),)]
    statuses = dbt("build", file, *KINDS)
    assert {n: s for n, s in statuses.items() if s not in ("success", "pass")} == {}, "the months again, in the copy"


def test_ids_that_share_their_letters_have_keys_of_their_own(dbt: Dbt, tmp_path: Path) -> None:
    """`a|b` with `c` and `a` with `b|c` are two stays, and a person, product or seller may be called `unknown`."""
    file = tmp_path / FILE
    day = {"year": 2018, "month": 1, "day": 1}
    with duckdb.connect(str(file)) as connection:
        create_silver(connection)
        for person, order in (("a|b", "c"), ("a", "b|c"), ("unknown", "d")):
            customer = f"customer of {order}"
            place = {"customer_zip_code_prefix": "01310", "customer_city": "x", "customer_state": "SP"}
            insert(connection, "customers", {"customer_id": customer, "customer_unique_id": person, **place})
            made = datetime(2018, 1, 1)
            times = {"order_purchase_timestamp": made, "order_estimated_delivery_date": made}
            status = {"order_status": "created"}
            insert(connection, "orders", {"order_id": order, "customer_id": customer, **status, **times, **day})
            for number in (1, 2):
                paid = {"payment_type": "boleto", "payment_value": MOST, "payment_installments": 2**63 - 1}
                insert(connection, "order_payments", {"order_id": order, "payment_sequential": number, **paid, **day})
        prepare(connection, [str(date(2018, 1, 1))])
    statuses = dbt("build", file, *KINDS)
    assert {n: s for n, s in statuses.items() if s not in ("success", "pass")} == {}
    with duckdb.connect(str(file)) as connection:
        stays = connection.execute(
            "select customer_unique_id, customer_lifetime_value from gold.dim_customer where valid_from is not null order by 1"
        ).fetchall()
        persons = connection.execute("select count(distinct customer_key) from gold.fact_orders").fetchall()
    assert stays == [(person, 2 * MOST) for person in ("a", "a|b", "unknown")]
    assert persons == [(3,)]
