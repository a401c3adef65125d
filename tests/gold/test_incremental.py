"""Facts rebuilt by month are, row by row, what a full build gives, and no month is rebuilt for nothing.

One build file lives through several changes of silver. After each, an incremental build is compared with a build from
nothing, and the months that it rebuilt with those that it had to.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from keystone_nexus.orchestration.dbt_run import KINDS
from tests.gold.conftest import FILE, KPIS, MARTS, MASKED, Dbt, create_silver, insert, prepare

DATED = ("orders", "order_items", "order_payments")
# order, customer, person, zip, purchase
ORDERS = [
    ("o1", "c1", "ana", "01000", "2018-01-10 10:00:00"),
    ("o2", "c2", "ana", "01000", "2018-02-10 10:00:00"),
    ("o3", "c3", "ana", "02000", "2018-03-10 10:00:00"),
    ("o4", "c4", "ana", "01000", "2018-04-10 10:00:00"),
    ("o5", "c5", "bia", "03000", "2018-01-20 10:00:00"),
    ("o6", "c6", "bia", "03000", "2018-05-20 10:00:00"),
    ("o7", "c7", "cid", "03000", "2018-01-05 10:00:00"),
    ("o8", "c8", "dora", "04000", "2018-06-01 10:00:00"),
    ("o9", "c9", "dora", "05000", "2018-06-01 10:00:00"),
    ("o10", "c10", "eva", "06000", "2018-07-01 10:00:00"),
]


def place(connection: duckdb.DuckDBPyConnection, order: str, customer: str, person: str, code: str, at: str) -> None:
    """An order of two items, paid with a cent that does not divide, delivered and reviewed."""
    insert(
        connection,
        "customers",
        {
            "customer_id": customer,
            "customer_unique_id": person,
            "customer_zip_code_prefix": code,
            "customer_city": "city",
            "customer_state": "SP",
        },
    )
    insert(
        connection,
        "orders",
        {
            "order_id": order,
            "customer_id": customer,
            "order_status": "delivered",
            "order_purchase_timestamp": at,
            "order_delivered_customer_date": "2018-09-01 10:00:00",
            "order_estimated_delivery_date": "2018-09-01 00:00:00",
        },
    )
    item = {"order_id": order, "product_id": "a", "seller_id": "s"}
    insert(connection, "order_items", item | {"order_item_id": 1, "price": "10.00", "freight_value": "1.00"})
    insert(connection, "order_items", item | {"order_item_id": 2, "price": "10.00", "freight_value": "1.00"})
    insert(
        connection,
        "order_payments",
        {"order_id": order, "payment_sequential": 1, "payment_value": "22.01", "payment_type": "boleto"},
    )
    insert(
        connection,
        "order_reviews",
        {
            "review_id": f"r-{order}",
            "order_id": order,
            "review_score": 4,
            "review_creation_date": "2018-09-02 00:00:00",
        },
    )


def drop(connection: duckdb.DuckDBPyConnection, order: str) -> None:
    for name in ("orders", "order_items", "order_payments", "order_reviews"):
        connection.execute(f"delete from silver.{name} where order_id = ?", [order])


def month_contents(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    """Each month's orders, items and payments: what the caller keeps a digest of."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for name in DATED:
        rows = connection.execute(
            f"select strftime(o.order_purchase_timestamp, '%Y-%m-01'), '{name}', t.* exclude (year, month, day) "
            f"from silver.{name} as t join silver.orders as o using (order_id) order by all"
        ).fetchall()
        for month, *row in rows:
            found.setdefault(month, []).append(tuple(row))
    return found


def address(connection: duckdb.DuckDBPyConnection) -> None:
    # o2 becomes a stay of its own: ana's stays differ, in all of her months. Customers have no day.
    connection.execute("update silver.customers set customer_zip_code_prefix = '09000' where customer_id = 'c2'")


def earlier_order(connection: duckdb.DuckDBPyConnection) -> None:
    place(connection, "o0", "c0", "bia", "08000", "2017-12-01 10:00:00")


def moved_order(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("update silver.orders set order_purchase_timestamp = '2018-08-01' where order_id = 'o10'")


def other_person(connection: duckdb.DuckDBPyConnection) -> None:
    # bia's order of May is cid's: same address, so neither's stays change, but the order's stay does.
    connection.execute("update silver.customers set customer_unique_id = 'cid' where customer_id = 'c6'")


def unknown_product(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("update silver.order_items set product_id = 'b' where order_id = 'o6'")


def late_product(connection: duckdb.DuckDBPyConnection) -> None:
    # Products have no day: no month's digest changes.
    insert(connection, "products", {"product_id": "b", "product_category_name": "pc_gamer"})


def lost_month(connection: duckdb.DuckDBPyConnection) -> None:
    drop(connection, "o8")
    drop(connection, "o9")


def paid_again(connection: duckdb.DuckDBPyConnection) -> None:
    insert(
        connection,
        "order_payments",
        {"order_id": "o7", "payment_sequential": 2, "payment_value": "0.02", "payment_type": "voucher"},
    )


def nothing(connection: duckdb.DuckDBPyConnection) -> None:
    pass


# Changes that have no month in common are made together.
STEPS: list[tuple[tuple[Callable[[duckdb.DuckDBPyConnection], None], ...], set[str]]] = [
    ((address, moved_order), {"2018-01", "2018-02", "2018-03", "2018-04", "2018-07", "2018-08"}),
    ((earlier_order, lost_month, unknown_product), {"2017-12", "2018-01", "2018-05", "2018-06"}),
    ((other_person, paid_again), {"2018-05", "2018-01"}),
    ((late_product,), {"2018-05"}),
    ((nothing,), set()),
]


@pytest.fixture(scope="module")
def file(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A first build."""
    file = tmp_path_factory.mktemp("gold") / FILE
    with duckdb.connect(str(file)) as connection:
        create_silver(connection)
        insert(connection, "products", {"product_id": "a", "product_category_name": "pc_gamer"})
        insert(connection, "sellers", {"seller_id": "s", "seller_city": "santos", "seller_state": "SP"})
        for order in ORDERS:
            place(connection, *order)
        prepare(connection, sorted(month_contents(connection)))
    statuses = dbt("build", file, *KINDS)
    assert set(statuses.values()) == {"success", "pass"}, statuses
    return file


# In order: each step starts from what the last one left. Only the last runs the data tests, which costs the most.
@pytest.mark.parametrize(
    ("changes", "months"), STEPS, ids=["-".join(change.__name__ for change in changes) for changes, _ in STEPS]
)
def test_incremental_build_equals_full_build(
    dbt: Dbt,
    file: Path,
    tmp_path: Path,
    changes: tuple[Callable[[duckdb.DuckDBPyConnection], None], ...],
    months: set[str],
) -> None:
    full = tmp_path / FILE
    with duckdb.connect(str(file)) as connection:
        before = month_contents(connection)
        for change in changes:
            change(connection)
        after = month_contents(connection)
        prepare(connection, [m for m in before.keys() | after.keys() if before.get(m) != after.get(m)])
    shutil.copyfile(file, full)
    with duckdb.connect(str(full)) as connection:
        connection.execute("drop schema gold cascade; drop schema intermediate cascade")
        prepare(connection, sorted(after))
    statuses = dbt("run", file) if months else dbt("build", file, *KINDS)
    assert set(statuses.values()) <= {"success", "pass"}, statuses
    dbt("run", full)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as built (read_only); attach '{full}' as complete (read_only)")
        for mart in MARTS + KPIS + MASKED:
            for one, other in (("built", "complete"), ("complete", "built")):
                rows = f"select * from {one}.gold.{mart} except all select * from {other}.gold.{mart}"
                assert connection.execute(rows).fetchall() == [], f"{mart}: in {one} only"
        rebuilt = connection.execute("select order_month from built.intermediate.int_months_to_rebuild").fetchall()
        assert {f"{month:%Y-%m}" for (month,) in rebuilt} == months
