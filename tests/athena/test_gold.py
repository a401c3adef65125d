"""The same models on DuckDB and on Athena give the same gold, row by row, and do so again when they replace it."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from tests.athena.built import Built
from tests.athena.comparison import difference, digests, places, relations
from tests.athena.conftest import ENV
from tests.athena.double.stack import Double
from tests.conftest import olist_zip


def differences(built: Built) -> list[str]:
    return [said for name in relations(built.local) if (said := difference(built.local, built.athena, name))]


@pytest.mark.athena_full
def test_every_relation_of_gold_is_equal_row_by_row(built: Built) -> None:
    assert len(relations(built.local)) >= 21
    rows = built.local.table("fact_sales").height
    assert rows == 112_650 if olist_zip() else rows > 100
    assert differences(built) == []


@pytest.mark.athena_full
def test_people_see_the_relations_of_gold_and_none_of_the_build_s_own(double: Double, built: Built) -> None:
    assert sorted(places(double, ENV)) == relations(built.local)
    assert places(double, ENV, "gold_build") == {}


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
def test_a_second_build_replaces_all_of_gold_and_is_equal_again(double: Double, built: Built) -> None:
    """And back to the first, and on to the second: what tells them apart is where their rows lie."""
    names = relations(built.local)
    first, there = digests(built.athena, names), places(double, ENV)
    again = built.keystone("run", "--select", "group:gold", "--all")
    assert again.returncode == 0, again.stderr
    second = places(double, ENV)
    assert set(second.values()) & set(there.values()) == set()
    assert digests(built.athena, names) == first
    back = built.keystone("gold", "rollback")
    assert back.returncode == 0, back.stderr
    assert places(double, ENV) == there
    assert digests(built.athena, names) == first
    assert built.keystone("gold", "rollback", "2").returncode == 0
    assert places(double, ENV) == second
