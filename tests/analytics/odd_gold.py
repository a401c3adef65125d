"""Copies of a lake's gold with something missing, or something hostile in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from keystone_nexus.analytics.gold import Gold
from keystone_nexus.analytics.provenance import Provenance
from tests.analytics.hostile import UGLY

NOTHING = Provenance(None, None, 1, "2026-01-01 00:00")


def changed(lake: Path, folder: Path, *statements: str) -> Gold:
    """Gold after some statements."""
    path = folder / "odd.duckdb"
    shutil.copyfile(lake / "gold/gold.duckdb", path)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{path}' as odd")
        connection.execute("use odd")
        for statement in statements:
            connection.execute(statement)
    return Gold(f"duckdb:///{path}")


def tables(lake: Path) -> list[str]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{lake}/gold/gold.duckdb' as g (read_only)")
        found = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'g' and schema_name = 'gold' order by 1"
        )
        return [name for (name,) in found.fetchall()]


def empty(lake: Path, folder: Path) -> Gold:
    """Every table without a row."""
    return changed(lake, folder, *(f"delete from gold.{name}" for name in tables(lake)))


NO_DELIVERIES = (
    "update gold.fact_orders set delivery_days = null, is_late = null, order_status = 'shipped'",
    "update gold.fact_sales set delivery_days = null, is_late = null, order_status = 'shipped'",
    *(
        f"update gold.{mart} set deliveries = 0, late_deliveries = 0, late_share = null, delivery_days_mean = null"
        for mart in ("monthly_sales", "state_performance", "regional_logistics", "seller_performance")
    ),
    *(
        f"update gold.{mart} set delivery_days_median = null, delivery_days_p90 = null"
        for mart in ("state_performance", "regional_logistics")
    ),
)
NO_REVIEWS = (
    "delete from gold.fact_reviews",
    "update gold.review_sales_correlation set products = 0, review_units_correlation = null, "
    "review_revenue_correlation = null",
    *(
        f"update gold.{mart} set reviews = 0, review_score = null"
        for mart in (
            "monthly_sales",
            "category_performance",
            "product_performance",
            "state_performance",
            "regional_logistics",
            "seller_performance",
            "customer_value_cohorts",
        )
    ),
)
ONE_STATE = (
    "update gold.dim_customer set state = 'SP'",
    "delete from gold.state_performance where state <> 'SP'",
    "delete from gold.regional_logistics where state <> 'SP' or seller_state <> 'SP'",
)
HOSTILE = (
    "update gold.category_performance set category_name = '<script>alert(1)</script>|*x*' where revenue_rank = 1",
    "update gold.product_performance set category_name = '<script>alert(1)</script>|*x*' where revenue_rank = 1",
)


def ugly(lake: Path, folder: Path) -> Gold:
    """Every text of every table is another that means harm; what is joined by a text is joined by it still."""
    listed = ", ".join("'" + text.replace("'", "''") + "'" for text in UGLY)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{lake}/gold/gold.duckdb' as g (read_only)")
        found = connection.execute(
            "select table_name, list(column_name) from duckdb_columns() where database_name = 'g' "
            "and schema_name = 'gold' and data_type = 'VARCHAR' and column_name not in "
            f"({', '.join(repr(name) for name in OURS)}) group by 1"
        ).fetchall()
    columns = {name: ", ".join(f'"{one}" = {_ugly(one)}' for one in texts) for name, texts in found}
    return changed(
        lake,
        folder,
        f"create macro ugly(text) as list_value({listed})[cast(1 + hash(text) % {len(UGLY)} as bigint)] || ' ' || text",
        *(f"update gold.{name} set {those}" for name, those in columns.items()),
    )


OURS = ("order_status", "day_name", "month_name", "value_cohort")
"""Text that the models write themselves, and ask for."""


def _ugly(column: str) -> str:
    return f'ugly("{column}")'
