"""The same models on DuckDB and on Athena give the same gold, row by row, and do so again when they replace it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from keystone_nexus.analytics.gold import Gold
from keystone_nexus.glue import catalog
from keystone_nexus.glue.cost import LEAST, model_costs
from keystone_nexus.glue.projection import Span, years
from keystone_nexus.source.synthetic import generate
from tests.athena import dbt
from tests.athena.comparison import difference, relations
from tests.athena.conftest import ENV, GROUP, upload
from tests.athena.double.stack import Double
from tests.conftest import keystone

FIRST, LAST = date(2018, 1, 1), date(2018, 2, 10)
LAYERS = "group:bronze or group:silver or group:gold"


@dataclass(frozen=True)
class Built:
    """A lake here and its gold by both engines."""

    name: str
    lake: Path
    span: Span
    local: Gold
    athena: Gold
    results: list[dict[str, object]]


def build(double: Double, folder: Path, name: str, source: Path, span: Span, *days: str) -> Built:
    """Runs a lake here, puts it on S3, and lets dbt build gold there."""
    ran = keystone(folder / "lake", "run", "--source", str(source), "--select", LAYERS, *days)
    assert ran.returncode == 0, ran.stderr
    upload(double, folder / "lake", name)
    catalog.apply(double.client("glue"), name, ENV, span)
    results = dbt.run(double, name, ENV, folder, "build", "--resource-type", "model", "--resource-type", "test")
    local = Gold(f"duckdb:///{folder / 'lake' / 'gold' / 'gold.duckdb'}")
    return Built(name, folder / "lake", span, local, Gold(double.url(f"{ENV}_gold", GROUP)), results)


@pytest.fixture(scope="module")
def aws(double: Double) -> object:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in double.environment.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def built(double: Double, aws: object, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Six weeks of a small synthetic lake."""
    folder = tmp_path_factory.mktemp("six-weeks")
    generate(folder / "source", 0.02, 7)
    return build(
        double, folder, "six-weeks", folder / "source", Span(FIRST, LAST), "--from", str(FIRST), "--to", str(LAST)
    )


def differences(built: Built) -> list[str]:
    return [said for name in relations(built.local) if (said := difference(built.local, built.athena, name))]


@pytest.mark.athena
def test_every_relation_of_gold_is_equal_row_by_row(built: Built) -> None:
    assert len(relations(built.local)) >= 21
    assert built.local.table("fact_sales").height > 100
    assert differences(built) == []


@pytest.mark.athena
def test_a_second_build_swaps_every_table_and_is_equal_again(double: Double, built: Built) -> None:
    glue = double.client("glue")

    def places() -> dict[str, str]:
        found = glue.get_tables(DatabaseName=f"{ENV}_gold")["TableList"]
        return {t["Name"]: t["StorageDescriptor"]["Location"] for t in found}

    before = places()
    dbt.run(double, built.name, ENV, built.lake.parent, "build", "--resource-type", "model", "--resource-type", "test")
    after = places()
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] == after[name]] == []
    assert differences(built) == []


@pytest.mark.athena
def test_unit_tests_of_dbt_pass_on_athena(double: Double, built: Built) -> None:
    results = dbt.run(double, built.name, ENV, built.lake.parent, "test", "--select", "test_type:unit")
    assert len(results) >= 27


@pytest.mark.athena
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


@pytest.mark.athena
def test_what_each_model_read_and_costs_is_known(built: Built) -> None:
    costs = model_costs(built.results, usd_per_terabyte=5.0)
    facts = costs["model.keystone_nexus.fact_sales"]
    assert facts.bytes > 0
    assert facts.usd == pytest.approx(LEAST / 1e12 * 5)


@pytest.mark.athena_full
@pytest.mark.real
def test_gold_of_the_real_data_is_equal_row_by_row_twice(
    double: Double, aws: object, olist: Path, tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    built = build(double, tmp_path, "olist", olist, years(2016, 2018))
    assert built.local.table("fact_sales").height == 112_650
    assert differences(built) == []
    dbt.run(double, built.name, ENV, tmp_path, "build", "--resource-type", "model", "--resource-type", "test")
    assert differences(built) == []
    costs = model_costs(built.results, 5.0)
    record_property("bytes read by the models of one build", f"{sum(c.bytes for c in costs.values()):,}")
