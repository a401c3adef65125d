"""Names, SQL and projections: what can be told without Athena."""

from __future__ import annotations

from datetime import date

import pytest

from keystone_nexus.glue.catalog import wanted
from keystone_nexus.glue.names import database, folder, lake_name
from keystone_nexus.glue.projection import Span, years
from keystone_nexus.glue.sql import is_read_only, with_databases
from keystone_nexus.lake.errors import Refused


def test_each_environment_has_its_own_databases_and_prod_the_plain_ones() -> None:
    assert database("gold", "prod") == "gold"
    assert database("gold", "staging") == "staging_gold"
    with pytest.raises(Refused, match="unknown environment 'production'"):
        database("gold", "production")


def test_a_lake_on_s3_is_a_bucket_per_layer() -> None:
    assert folder(lake_name("s3://olist/"), "silver", "orders") == "s3://olist-silver/orders/"
    for wrong in ("olist", "s3://", "s3://olist/lake", "/data/lake"):
        with pytest.raises(Refused, match="no lake on S3"):
            lake_name(wrong)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select * from gold.fact_sales", "select * from ci_gold.fact_sales"),
        ("select gold.x from silver.orders as gold", "select gold.x from ci_silver.orders as gold"),
        ('select 1 from "gold"."a" join gold.b on 1 = 1', 'select 1 from "ci_gold"."a" join ci_gold.b on 1 = 1'),
        (
            "with gold as (select 1 as a) select gold.a from gold",
            "with gold as (select 1 as a) select gold.a from gold",
        ),
        ("select 'from gold.x' from quarantine.orders", "select 'from gold.x' from ci_quarantine.orders"),
        ("select (select max(a) from gold.x) from bronze.y", "select (select max(a) from ci_gold.x) from ci_bronze.y"),
        ("select ((", "select (("),
    ],
)
def test_only_the_schemas_of_tables_get_the_prefix(sql: str, expected: str) -> None:
    assert with_databases(sql, "ci_") == expected
    assert with_databases(sql, "") == sql


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "with a as (select 1 as x) select * from a",
        "values (1)",
        "show tables",
        "explain select 1",
        "explain analyze verbose select ';'",
        "describe a",
        "explain (type distributed, format json) select 1",
        "/* x */ explain (select 1)",
    ],
)
def test_reading_is_allowed(sql: str) -> None:
    assert is_read_only(sql)


@pytest.mark.parametrize(
    "sql",
    ["drop table gold.x", "select 1; drop table x", "insert into a values (1)", "create table a as select 1",
     "unload (select 1) to 's3://x'", "delete from a", "show tables; drop table x", "",
     "explain analyze insert into a values (1)", "explain analyze create table a as select 1", "explain",
     "explain /* */ analyze -- x\n delete from a", "EXPLAIN ANALYZE VERBOSE unload (select 1) to 's3://x'",
     "/* */ explain (format json) drop table a", "explain select '/*'; drop table x; select '*/'",
     "explain explain analyze insert into a select 1", "select * into b from a"],
)  # fmt: skip
def test_writing_is_not(sql: str) -> None:
    assert not is_read_only(sql)


def test_production_and_staging_share_no_place() -> None:
    def places(name: str, env: str) -> set[tuple[str, str]]:
        found = wanted(name, env, years(2016, 2018))
        return {(t.database, t.input["StorageDescriptor"]["Location"]) for t in found}

    one, other = places("lake", "prod"), places("lake-staging", "staging")
    assert {d for d, _ in one} & {d for d, _ in other} == set()
    assert ({p for _, p in one} & {p for _, p in other}) - {""} == set()


def test_a_projection_is_as_wide_as_the_data() -> None:
    def silver(span: Span) -> dict[str, str]:
        tables = wanted("lake", "prod", span)
        return next(t for t in tables if t.database == "silver" and t.name == "orders").input["Parameters"]

    assert silver(years(2016, 2018))["projection.year.range"] == "2016,2018"
    assert silver(years(2016, 2018))["projection.month.range"] == "1,12"
    assert silver(Span(date(2018, 1, 3), date(2018, 2, 1)))["projection.month.range"] == "1,2"
