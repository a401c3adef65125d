"""What analysts may have of persons: the same rows, and nothing that the contracts mark as personal."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.masking import personal_columns
from keystone_nexus.lake.sql import connect


@pytest.fixture(scope="module")
def lake(built_lake: Path) -> duckdb.DuckDBPyConnection:
    return connect(Lake(built_lake))


def columns(lake: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    asked = "select table_name, column_name from information_schema.columns where table_catalog = 'memory' and table_schema = 'gold'"
    for table, column in lake.execute(asked).fetchall():
        found.setdefault(table, []).append(column)
    return found


def personal(table: str, names: list[str]) -> set[str]:
    return personal_columns("gold", table) & set(names)


def test_each_relation_with_personal_columns_has_a_masked_twin(lake: duckdb.DuckDBPyConnection) -> None:
    held = {table: personal(table, names) for table, names in columns(lake).items()}
    assert {table for table, names in held.items() if names} == {"dim_customer", "customer_rfm"}
    assert held["dim_customer"] == {"customer_unique_id", "zip_code_prefix"}
    assert {f"{table}_masked" for table, names in held.items() if names} <= held.keys()


@pytest.mark.parametrize("table", ["dim_customer", "customer_rfm"])
def test_a_masked_relation_has_the_same_rows_but_for_the_person(lake: duckdb.DuckDBPyConnection, table: str) -> None:
    shared = ", ".join(c for c in columns(lake)[f"{table}_masked"] if c in columns(lake)[table])
    for one, other in ((table, f"{table}_masked"), (f"{table}_masked", table)):
        assert (
            lake.execute(f"select {shared} from gold.{one} except all select {shared} from gold.{other}").fetchall()
            == []
        )
    persons = f"select count(distinct customer_unique_id), count(*) from gold.{table}"
    masked = f"select count(distinct person_key), count(*) from gold.{table}_masked"
    assert lake.execute(persons).fetchall() == lake.execute(masked).fetchall()
    shown = f"select count(*) from gold.{table}_masked m join gold.{table} p on m.person_key = p.customer_unique_id"
    assert lake.execute(shown).fetchall() == [(0,)]


def test_a_person_has_one_key_in_every_masked_relation(lake: duckdb.DuckDBPyConnection) -> None:
    joined = "select count(*) from gold.customer_rfm_masked join gold.dim_customer_masked using (person_key) where is_current"
    assert lake.execute(joined).fetchall() == lake.execute("select count(*) from gold.customer_rfm").fetchall()
