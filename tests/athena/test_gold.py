"""The same models on DuckDB and on Athena give the same gold, row by row, and do so again when they replace it."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.athena import dbt
from tests.athena.built import Built, build
from tests.athena.comparison import difference, digests, places, relations
from tests.athena.conftest import ENV, GROUP
from tests.athena.double.stack import Double


def differences(built: Built) -> list[str]:
    return [said for name in relations(built.local) if (said := difference(built.local, built.athena, name))]


@pytest.mark.athena_full
def test_every_relation_of_gold_is_equal_row_by_row(built: Built) -> None:
    assert len(relations(built.local)) >= 21
    assert built.local.table("fact_sales").height > 100
    assert differences(built) == []


@pytest.mark.athena_full
def test_a_build_over_another_swaps_its_tables_and_is_equal_again(double: Double, built: Built) -> None:
    """Two tables here; all of them at full length."""
    names = ["dim_seller", "fact_reviews"]
    before = places(double, ENV)
    dbt.run(double, built.name, ENV, built.lake.parent, "build", "--select", *names, "--resource-type", "model")
    after = places(double, ENV)
    assert before.keys() == after.keys()
    assert sorted(name for name in before if before[name] != after[name]) == names
    assert [said for name in names if (said := difference(built.local, built.athena, name))] == []


@pytest.mark.athena_full
def test_unit_tests_of_dbt_pass_on_athena(double: Double, built: Built) -> None:
    results = dbt.run(double, built.name, ENV, built.lake.parent, "test", "--select", "test_type:unit")
    assert len(results) >= 27


@pytest.mark.athena_full
def test_gold_is_snappy_parquet_in_its_bucket_and_facts_lie_by_month(double: Double, built: Built) -> None:
    s3, bucket = double.client("s3"), f"{built.name}-gold"
    glue = double.client("glue")
    for table in glue.get_tables(DatabaseName=f"{ENV}_gold")["TableList"]:
        place = table["StorageDescriptor"]["Location"]
        assert place.startswith(f"s3://{bucket}/tables/"), table["Name"]
        keys = [k["Name"] for k in table.get("PartitionKeys", [])]
        assert keys == (["year", "month"] if table["Name"].startswith("fact_") else []), table["Name"]
        prefix = place.removeprefix(f"s3://{bucket}/")
        objects = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
        copy = built.lake.parent / "one.parquet"
        copy.write_bytes(s3.get_object(Bucket=bucket, Key=objects[0]["Key"])["Body"].read())
        assert pq.ParquetFile(copy).metadata.row_group(0).column(0).compression == "SNAPPY", table["Name"]


@pytest.mark.athena_full
@pytest.mark.real
def test_gold_of_the_real_data_is_equal_row_by_row_twice(
    double: Double, aws: None, olist: Path, tmp_path: Path
) -> None:
    built = build(double, ENV, GROUP, tmp_path, "olist", olist)
    names = relations(built.local)
    assert built.local.table("fact_sales").height == 112_650
    assert differences(built) == []
    first, there = digests(built.athena, names), places(double, ENV)
    dbt.run(double, built.name, ENV, tmp_path, "build", "--resource-type", "model", "--resource-type", "test")
    assert [name for name, place in places(double, ENV).items() if place == there[name]] == []
    assert digests(built.athena, names) == first
