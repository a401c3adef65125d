"""The project's own tests: every derived column by dbt unit tests, and a build of nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
from dbt.contracts.graph.manifest import Manifest

from keystone_nexus.orchestration.dbt_run import KINDS
from tests.gold.conftest import FILE, KPIS, MARTS, MASKED, PROJECT, Dbt, create_silver, prepare
from tests.gold.test_incremental import place


def test_dbt_unit_tests_pass(dbt: Dbt, tmp_path: Path) -> None:
    statuses = dbt("test", tmp_path / FILE, "--select", "test_type:unit")
    assert len(statuses) >= 28
    assert set(statuses.values()) == {"pass"}, statuses


def test_silver_without_rows_builds_only_unknown_members(dbt: Dbt, tmp_path: Path) -> None:
    file = tmp_path / FILE
    with duckdb.connect(str(file)) as connection:
        create_silver(connection)
        prepare(connection, [])
    statuses = dbt("build", file, *KINDS)
    assert set(statuses.values()) == {"success", "pass"}, statuses
    with duckdb.connect(str(file)) as connection:
        rows = {m: connection.execute(f"select count(*) from gold.{m}").fetchall()[0][0] for m in MARTS + KPIS + MASKED}
    assert {m: n for m, n in rows.items() if n} == {
        "dim_customer": 1,
        "dim_customer_masked": 1,
        "dim_product": 1,
        "dim_seller": 1,
        "review_sales_correlation": 1,
    }


def test_every_kpi_is_listed_and_explained(dbt: Dbt) -> None:
    nodes = Manifest.from_msgpack(dbt.parsed).nodes.values()
    marts = {node.name: node for node in nodes if "kpi" in node.tags and node.resource_type == "model"}
    assert marts.keys() == set(KPIS)
    pages = (PROJECT.parent / "docs" / "kpis.md").read_text("utf-8")
    for name, node in marts.items():
        assert f"`{name}`" in pages, name
        assert node.config.contract.enforced, name
        assert node.config.meta["grain"], name
        assert all(column.description and column.data_type for column in node.columns.values()), name


def test_exposures_have_owners_and_read_all_kpis(dbt: Dbt) -> None:
    exposures = Manifest.from_msgpack(dbt.parsed).exposures.values()
    read = {node.split(".")[-1] for one in exposures for node in one.depends_on.nodes}
    assert set(KPIS) <= read
    assert all(one.owner.name and one.description and one.depends_on.nodes for one in exposures)


def test_what_is_not_known_is_in_the_marts_all_the_same(dbt: Dbt, tmp_path: Path) -> None:
    """Dimensions may lag behind the facts: the marts still add up to them, under `unknown`."""
    file = tmp_path / FILE
    with duckdb.connect(str(file)) as connection:
        create_silver(connection)
        place(connection, "o1", "c1", "ana", "01000", "2018-01-10 10:00:00")
        place(connection, "o2", "c2", "bia", "01000", "2018-02-20 10:00:00")
        connection.execute("delete from silver.customers where customer_id = 'c2'")
        prepare(connection, ["2018-01-01", "2018-02-01"])
    dbt("run", file)
    assert dbt("test", file, "--select", "marts_reconcile_with_facts", "marts_keep_their_grain") == {
        "marts_reconcile_with_facts": "pass",
        "marts_keep_their_grain": "pass",
    }
    with duckdb.connect(str(file)) as connection:

        def found(sql: str) -> list[tuple[object, ...]]:
            return connection.execute(sql).fetchall()

        assert found("select state, orders, customers from gold.state_performance order by 1") == [
            ("SP", 1, 1),
            ("unknown", 1, 0),
        ]
        assert found("select product_id, category_name, units from gold.product_performance") == [("a", "unknown", 4)]
        assert found("select seller_id, seller_state, units from gold.seller_performance") == [("s", "unknown", 4)]
        assert found("select seller_state, state, items from gold.regional_logistics order by 2") == [
            ("unknown", "SP", 2),
            ("unknown", "unknown", 2),
        ]
        assert found("select customer_unique_id, frequency from gold.customer_rfm") == [("ana", 1)]
        assert found("select month, orders, new_customers, returning_customers from gold.monthly_sales order by 1") == [
            (date(2018, 1, 1), 1, 1, 0),
            (date(2018, 2, 1), 1, 0, 0),
        ]
