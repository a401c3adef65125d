"""The project's own tests: every derived column by dbt unit tests, and a build of nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb

from keystone_nexus.orchestration.dbt_run import KINDS
from tests.gold.conftest import FILE, KPIS, MARTS, Dbt, create_silver, prepare


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
        rows = {m: connection.execute(f"select count(*) from gold.{m}").fetchall()[0][0] for m in MARTS + KPIS}
    assert {m: n for m, n in rows.items() if n} == {
        "dim_customer": 1,
        "dim_product": 1,
        "dim_seller": 1,
        "review_sales_correlation": 1,
    }
