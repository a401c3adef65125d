"""The real dbt project on a build file of a few synthetic orders."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake.sql import PARTITION, SQL_TYPES

PROJECT = Path(__file__).parents[2] / "keystone_nexus_dbt"
FILE = "candidate.db"
MARTS = ("dim_customer", "dim_product", "dim_seller", "dim_date", "fact_sales", "fact_orders", "fact_reviews")
KPIS = (
    "monthly_sales",
    "daily_sales",
    "product_performance",
    "category_performance",
    "seller_performance",
    "state_performance",
    "regional_logistics",
    "payment_mix",
    "customer_rfm",
    "customer_value_cohorts",
    "customer_cohorts",
    "review_sales_correlation",
)
MASKED = ("dim_customer_masked", "customer_rfm_masked")
STAYS = "customer_key, customer_unique_id, zip_code_prefix, city, state, valid_from, valid_to"


class Dbt:
    """dbt in this process, on one DuckDB file at a time.

    It parses once, into a folder of its own: another path of the file alone would make dbt parse again, and what is
    parsed names the file's catalog, so all files are `FILE`, each in its folder.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self._invoke(None, "parse", folder / FILE)
        self.parsed = (folder / "target" / "partial_parse.msgpack").read_bytes()

    def __call__(self, command: str, file: Path, *options: str) -> dict[str, str]:
        """Runs a command. Returns the status of each node by name."""
        manifest = Manifest.from_msgpack(self.parsed)
        manifest.build_flat_graph()
        results = self._invoke(manifest, command, file, *options).results
        return {result.node.name: str(result.status) for result in results}

    def _invoke(self, manifest: Manifest | None, command: str, file: Path, *options: str) -> Any:
        assert file.name == FILE
        self.monkeypatch.setenv("KEYSTONE_GOLD_BUILD", str(file))
        where = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        where += ["--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")]
        flags = ["--quiet", "--no-use-colors", "--no-write-json"]
        try:
            answer = dbtRunner(manifest=manifest).invoke([*flags, command, *where, *options])
        finally:
            environment = DuckDBConnectionManager._ENV
            if environment is not None:
                environment.close()
            DuckDBConnectionManager.close_all_connections()
        assert answer.exception is None, answer.exception
        return answer.result


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Dbt]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Dbt(tmp_path_factory.mktemp("dbt"), monkeypatch)


def create_silver(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty silver tables, as the contracts say."""
    connection.execute("create schema silver; create schema build")
    for name, table in tables().items():
        columns = {c.name: SQL_TYPES[c.kind] for c in table.columns} | (PARTITION if table.dated else {})
        body = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        connection.execute(f"create table silver.{name} ({body})")


def insert(connection: duckdb.DuckDBPyConnection, name: str, *rows: dict[str, Any]) -> None:
    for row in rows:
        values = ", ".join("?" for _ in row)
        connection.execute(f"insert into silver.{name} ({', '.join(row)}) values ({values})", list(row.values()))


def prepare(connection: duckdb.DuckDBPyConnection, changed_months: Iterable[str]) -> None:
    """What the caller of dbt prepares: the changed months, and the stays of the gold that the file holds."""
    connection.execute("create or replace table build.changed_months (order_month date)")
    for month in changed_months:
        connection.execute("insert into build.changed_months values (?)", [month])
    if connection.execute("select 1 from duckdb_tables() where table_name = 'dim_customer'").fetchall():
        connection.execute(f"create or replace table build.previous_stays as select {STAYS} from gold.dim_customer")
    else:
        connection.execute(
            "create or replace table build.previous_stays (customer_key varchar, customer_unique_id varchar, "
            "zip_code_prefix varchar, city varchar, state varchar, valid_from timestamp, valid_to timestamp)"
        )
