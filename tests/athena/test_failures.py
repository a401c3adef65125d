"""What fails on the way to gold: nothing of it is published, and the next run makes it good. On a small lake."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from keystone_nexus.source.synthetic import generate
from tests.athena import dbt
from tests.athena.built import Built, empty, make_group
from tests.athena.comparison import difference, places, records, relations
from tests.athena.conftest import synthetic_lake
from tests.athena.double.stack import Double
from tests.s3.lakes import files, objects

ENV = "staging"


@pytest.fixture(scope="module")
def small(double: Double, aws: None, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Two weeks."""
    make_group(double, f"keystone-{ENV}")
    return synthetic_lake(double, ENV, tmp_path_factory, "two-weeks", "2018-01-14")


def unpublished(double: Double, built: Built) -> set[str]:
    """The folders of tables that no version of gold has."""
    pages = double.client("s3").get_paginator("list_objects_v2").paginate(Bucket=f"{built.name}-gold")
    objects = {one["Key"]: f"s3://{built.name}-gold/{one['Key']}" for page in pages for one in page.get("Contents", [])}
    said = [double.client("s3").get_object(Bucket=f"{built.name}-gold", Key=key)["Body"].read().decode()
            for key in objects if key.endswith(".tables.json")]  # fmt: skip
    folders = {"/".join(place.split("/")[:6]) for key, place in objects.items() if key.startswith("tables/")}
    return {folder for folder in folders if not any(folder in one for one in said)}


@pytest.mark.long
@pytest.mark.athena_full
def test_a_run_through_faults_gives_the_same_lake_and_the_same_gold(double: Double, aws: None, tmp_path: Path) -> None:
    """One of our requests to S3 in ten fails, on production's names; Athena's own are its matter."""
    make_group(double, "keystone-prod")
    generate(tmp_path / "source", 0.02, 7)
    built = empty(double, "prod", tmp_path, "through-faults")
    double.fail({"action": "S3", "rate": 0.1}, service="glue")
    try:
        built.fill(tmp_path / "source", "--from", "2018-01-01", "--to", "2018-01-14")
        asked = double.asked_of_s3()
    finally:
        double.fail(service="glue")
    assert sum(asked["faults"].values()) >= 10
    of_the_lake = [path for path, _ in asked["puts"] if path.startswith("/through-faults-") and "/_locks/" not in path]
    written = Counter(path for path in of_the_lake if path.count("/") > 1)
    assert {path for path, times in written.items() if times > 1} == set()
    for layer in ("bronze", "silver", "quarantine"):
        assert objects(double, f"through-faults-{layer}") == files(built.lake, layer), layer
    assert [said for name in relations(built.local) if (said := difference(built.local, built.athena, name))] == []
    assert len(records(double, built)) == 1


@pytest.mark.long
@pytest.mark.athena_full
@pytest.mark.parametrize("answered", [0, 60], ids=["at once", "half way"])
def test_an_athena_that_refuses_leaves_gold_as_it_was(double: Double, small: Built, answered: int) -> None:
    """Half way models are built and tests have passed; nobody sees them, and the next build removes them."""
    before, there = records(double, small), places(double, ENV)
    double.fail(
        {
            "action": "StartQueryExecution",
            "code": "AccessDeniedException",
            "message": "no",
            "times": 10_000,
            "after": answered,
        }
    )
    try:
        done = small.keystone("run", "--select", "group:gold", "--all")
    finally:
        double.fail()
    assert done.returncode == 3, done.stderr
    assert "the last good one stays" in done.stderr
    assert "the role lacks this permission" in done.stderr
    assert records(double, small) == before
    assert places(double, ENV) == there
    assert bool(unpublished(double, small)) == bool(answered)


@pytest.mark.long
@pytest.mark.athena_full
def test_a_glue_that_refuses_once_gets_back_what_it_had_and_all_of_it_later(double: Double, small: Built) -> None:
    """The step tries again by itself."""
    before, there = records(double, small), places(double, ENV)
    fault = {"action": "BatchUpdatePartition", "code": "AccessDeniedException", "message": "no"}
    double.fail(fault, service="glue")
    try:
        done = small.keystone("run", "--select", "group:gold", "--all")
    finally:
        double.fail(service="glue")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("gold: publishing") == 2
    assert len(records(double, small)) == len(before) + 1
    assert set(there.values()) & set(places(double, ENV).values()) == set()
    assert unpublished(double, small) == set()
    assert [said for name in relations(small.local) if (said := difference(small.local, small.athena, name))] == []


@pytest.mark.long
@pytest.mark.athena_full
def test_unit_tests_of_dbt_pass_on_athena(double: Double, small: Built) -> None:
    dbt.run(double, small.name, ENV, small.lake.parent, "run", "--empty")  # the columns of what they stand on
    results = dbt.run(double, small.name, ENV, small.lake.parent, "test", "--select", "test_type:unit")
    assert len(results) >= 27
