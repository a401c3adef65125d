"""Runs the dbt project in this process, on a private DuckDB file (write), and publishes it when every test has
passed (audit, publish).

Before dbt runs, the file holds what dbt cannot know: views of silver (`silver.*`), the months that changed
(`build.changed_months`) and the stays that the copied facts refer to (`build.previous_stays`). After it, views and
helpers are dropped, so that the published file stands alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake import builds, gold
from keystone_nexus.lake.gold_audit import ROWS, opened, unlike_the_lake
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import now
from keystone_nexus.lake.publish import staging
from keystone_nexus.lake.silver_state import month_digests, silver_digest
from keystone_nexus.lake.sql import silver_view
from keystone_nexus.orchestration.dbt_project import OPTIONS, parsed, project_digest, target

if TYPE_CHECKING:
    import polars as pl

STAYS = "customer_key, customer_unique_id, zip_code_prefix, city, state, valid_from, valid_to"
KINDS = ("--resource-type", "model", "--resource-type", "test")
"""What a build runs: unit tests are left to CI, and what dbt says of exposures is no result."""
KEPT_SCHEMAS = ("gold", "build", "main", "information_schema", "pg_catalog")


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What became of a model or test: dbt's unique id, status, seconds, rows that failed a test, message.

    On Athena also the bytes that its statement read, and the rows that it wrote.
    """

    unique_id: str
    status: str
    seconds: float
    failures: int
    message: str
    scanned: int | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class GoldBuild:
    """A build of gold. `published` says whether every blocking test passed; `rows` counts each relation's rows;
    `unlike` says what of it is not what silver's builds recorded."""

    published: bool
    version: int
    months: list[str]
    results: list[NodeResult]
    rows: dict[str, int] = field(default_factory=dict[str, int])
    unlike: list[str] = field(default_factory=list[str])


def build_gold(lake: Lake, *, full: bool = False) -> GoldBuild:
    """Builds, audits and publishes gold. The caller holds the lake's lock."""
    built = builds.read(lake)
    gold.repair(lake)
    with staging(lake.root) as folder:
        file = folder / "gold.duckdb"
        before = {} if full else gold.info(gold.gold_file(lake))
        if before.get("project") != project_digest():
            before = {}  # the models changed: nothing of the last file can be kept
        if before:
            gold.copy_current(lake, file)
        digests = month_digests(built)
        changed = sorted(
            m
            for m in digests.keys() | before.get("digests", {}).keys()
            if digests.get(m) != before.get("digests", {}).get(m)
        )
        _prepare(lake, file, changed)
        results = _run_dbt(file)
        version = gold.next_number(lake)
        rows, unlike = _audited(file, built)
        passed = all(r.status in ("success", "pass", "warn") for r in results)
        if not passed or not results or unlike:
            return GoldBuild(False, version, changed, results, rows, unlike if passed else [])
        months = _finish(
            file,
            {
                "version": version,
                "built_at": now(),
                "silver": silver_digest(built),
                "project": project_digest(),
                "digests": digests,
            },
        )
        gold.publish(lake, file, version)
        return GoldBuild(True, version, months, results, rows)


def _prepare(lake: Lake, file: Path, changed: Iterable[str]) -> None:
    import duckdb

    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema if not exists silver")
        connection.execute("create schema if not exists build")
        for name in tables():
            connection.execute(silver_view(lake, name))
        connection.execute("create or replace table build.changed_months (order_month date)")
        months = [(month,) for month in changed]
        if months:
            connection.executemany("insert into build.changed_months values (?)", months)
        has_stays = connection.execute(
            "select count(*) from duckdb_tables() where schema_name = 'gold' and table_name = 'dim_customer'"
        ).fetchall()[0][0]
        if has_stays:
            connection.execute(
                f"create or replace table build.previous_stays as select {STAYS} from gold.gold.dim_customer "
                "where valid_from is not null"  # the unknown member is no stay
            )
        else:
            connection.execute(
                "create or replace table build.previous_stays (customer_key varchar, customer_unique_id varchar, "
                "zip_code_prefix varchar, city varchar, state varchar, valid_from timestamp, valid_to timestamp)"
            )


def _run_dbt(file: Path) -> list[NodeResult]:
    """One dbt invocation: models and their tests, in order."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ["KEYSTONE_GOLD_BUILD"] = str(file)
    try:
        answer = dbtRunner(manifest=parsed()).invoke(
            [
                "--quiet",
                "--no-write-json",
                "build",
                "--target-path",
                target(),
                *OPTIONS,
                *KINDS,
                "--no-use-colors",
            ]
        )  # fmt: skip
    finally:
        environment = DuckDBConnectionManager._ENV  # pyright: ignore[reportPrivateUsage]
        if environment is not None:
            environment.close()
        DuckDBConnectionManager.close_all_connections()
        del os.environ["KEYSTONE_GOLD_BUILD"]
    if answer.result is None:
        raise RuntimeError(f"dbt could not run: {answer.exception}") from answer.exception
    return [node_result(r) for r in answer.result.results]  # pyright: ignore[reportAttributeAccessIssue]


def node_result(raw: Any) -> NodeResult:
    """What dbt says of one node."""
    said: dict[str, Any] = raw.adapter_response or {}
    rows = said.get("rows_affected")
    return NodeResult(
        raw.node.unique_id, str(raw.status), raw.execution_time, raw.failures or 0, raw.message or "",
        said.get("data_scanned_in_bytes"), rows if isinstance(rows, int) and rows > 0 else None,
    )  # fmt: skip


def _audited(file: Path, built: pl.DataFrame) -> tuple[dict[str, int], list[str]]:
    """The rows of each relation, and what is not as silver's builds recorded; of a build that stopped, what there is."""
    with opened(file) as connection:
        names = connection.execute("select table_name from duckdb_tables() where schema_name = 'gold'").fetchall()
        rows = {n: connection.execute(f'select count(*) from gold."{n}"').fetchall()[0][0] for (n,) in names}
        whole = {*ROWS, "payment_mix"} <= rows.keys()
        return rows, unlike_the_lake(connection, built) if whole else []


def _finish(file: Path, info: dict[str, Any]) -> list[str]:
    """Drops what only the build needed, and writes what the file says of itself."""
    import duckdb

    with duckdb.connect(str(file)) as connection:
        months = [
            str(m)
            for (m,) in connection.execute(
                "select order_month from intermediate.int_months_to_rebuild order by 1"
            ).fetchall()
        ]
        schemas = connection.execute("select distinct schema_name from duckdb_schemas() where not internal").fetchall()
        for (schema,) in schemas:
            if schema not in KEPT_SCHEMAS:
                connection.execute(f'drop schema "{schema}" cascade')
        for table in ("changed_months", "previous_stays"):
            connection.execute(f"drop table build.{table}")
        connection.execute("create or replace table build.info (info varchar)")
        connection.execute("insert into build.info values (?)", [json.dumps({**info, "months": months})])
        connection.execute("checkpoint")
    return months
