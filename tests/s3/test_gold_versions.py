"""What is published of gold on S3, put back where that fails, and kept: on tables that a build would have left in Glue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from keystone_nexus.glue import catalog, gold
from keystone_nexus.glue.lake import apply_to, plan_of
from keystone_nexus.glue.names import lake_name
from keystone_nexus.lake import gold as golds
from keystone_nexus.lake import gold_record
from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.lake import Lake, lake_at
from tests.conftest import keystone
from tests.s3.conftest import new_lake
from tests.s3.server import S3

ENV, GOLD, BUILD = "staging", "staging_gold", "staging_gold_build"
RELATIONS = ("dim_date", "fact_sales")


@pytest.fixture
def lake(s3: S3) -> Iterator[Lake]:
    made = lake_at(new_lake(s3), ENV)
    made.create()
    catalog.apply(glue(), lake_name(str(made)), ENV)
    yield made
    s3.answer = None
    for database in glue().get_databases()["DatabaseList"]:
        glue().delete_database(Name=database["Name"])


def glue() -> Any:
    return boto3.client("glue")


def built(lake: Lake, number: int, months: range, relations: tuple[str, ...] = RELATIONS) -> None:
    """What a build leaves: tables of the build `number`, a fact with a partition for each month, and a helper."""
    gold.begin(lake)
    for name in (*relations, "stg_orders"):
        place = f"{lake}-gold/tables/{name}/{number}/"
        keys = [{"Name": key, "Type": "int"} for key in ("year", "month") if name.startswith("fact")]
        storage = {"Columns": [{"Name": "a", "Type": "int"}], "Location": place}
        table = {"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage, "PartitionKeys": keys}
        glue().create_table(DatabaseName=BUILD, TableInput=table)
        folders = [f"year=2018/month={month}/" for month in months] if keys else [""]
        for folder in folders:
            lake.store.put(f"gold/tables/{name}/{number}/{folder}part", b"rows")
        if keys:
            glue().batch_create_partition(
                DatabaseName=BUILD,
                TableName=name,
                PartitionInputList=[
                    {"Values": ["2018", str(m)], "StorageDescriptor": storage | {"Location": f"{place}year=2018/month={m}/"}}
                    for m in months
                ],
            )  # fmt: skip


def finished(lake: Lake, number: int, months: range, relations: tuple[str, ...] = RELATIONS) -> None:
    built(lake, number, months, relations)
    said = {"version": number, "built_at": "2018-09-01T00:00:00Z", "silver": f"s{number}", "months": []}
    with lake.store.lock("test"):
        gold.finish(lake, relations, said)


def published(lake: Lake) -> dict[str, list[str]]:
    """Relation -> the folders that a reader is sent to."""
    found: dict[str, list[str]] = {}
    for table in glue().get_tables(DatabaseName=GOLD)["TableList"]:
        parts = glue().get_partitions(DatabaseName=GOLD, TableName=table["Name"])["Partitions"]
        places = [p["StorageDescriptor"]["Location"] for p in parts] or [table["StorageDescriptor"]["Location"]]
        found[table["Name"]] = sorted(place.removeprefix(f"{lake}-gold/tables/") for place in places)
    return found


def test_people_see_the_relations_of_the_last_build_and_none_of_its_helpers(lake: Lake) -> None:
    finished(lake, 1, range(1, 4))
    assert published(lake) == {
        "dim_date": ["dim_date/1/"],
        "fact_sales": [f"fact_sales/1/year=2018/month={m}/" for m in (1, 2, 3)],
    }
    finished(lake, 2, range(3, 6), ("fact_sales", "fact_reviews"))
    months = [f"2/year=2018/month={m}/" for m in (3, 4, 5)]
    assert published(lake) == {name: [f"{name}/{m}" for m in months] for name in ("fact_reviews", "fact_sales")}
    assert glue().get_tables(DatabaseName=BUILD)["TableList"] == []


def test_a_stranger_s_table_in_gold_stays(lake: Lake) -> None:
    theirs = {"Name": "mine", "StorageDescriptor": {"Columns": [], "Location": "s3://elsewhere/mine/"}}
    glue().create_table(DatabaseName=GOLD, TableInput=theirs)
    finished(lake, 1, range(1, 2))
    finished(lake, 2, range(1, 2))
    assert "mine" in published(lake)


@pytest.mark.parametrize("nth", range(1, 4))
def test_what_cannot_be_published_whole_is_put_back(s3: S3, lake: Lake, nth: int) -> None:
    """The n-th change of Glue fails: a table's or its partitions'."""
    finished(lake, 1, range(1, 4))
    before = published(lake)
    built(lake, 2, range(2, 6))
    asked = iter(range(1, 1000))
    changes = ("UpdateTable", "CreateTable", "BatchCreatePartition", "BatchUpdatePartition")

    def refused(environ: Any) -> tuple[str, str] | None:
        action = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        return ("400", "AccessDeniedException") if action in changes and next(asked) == nth else None

    s3.answer = refused
    with lake.store.lock("test"), pytest.raises(EnvironmentFault, match=r"could not publish staging_gold"):
        gold.finish(lake, RELATIONS, {"version": 2, "built_at": "x", "silver": "s2", "months": []})
    s3.answer = None
    assert published(lake) == before
    assert gold_record.newest(lake)["version"] == 1
    finished(lake, 2, range(2, 6))
    assert published(lake)["dim_date"] == ["dim_date/2/"]


def test_a_relation_that_vanished_before_it_was_published_fails(lake: Lake) -> None:
    built(lake, 1, range(1, 2))
    glue().delete_table(DatabaseName=BUILD, Name="dim_date")
    with lake.store.lock("test"), pytest.raises(EnvironmentFault, match="dim_date left Glue"):
        gold.finish(lake, RELATIONS, {"version": 1, "built_at": "x", "silver": "s", "months": []})
    assert published(lake) == {}


def test_five_versions_are_kept_and_what_no_version_has_goes(lake: Lake) -> None:
    built(lake, 99, range(1, 2))  # one that failed
    for number in range(1, 8):
        finished(lake, number, range(1, 3))
    assert [v.number for v in golds.versions(lake)] == [7, 6, 5, 4, 3]
    keys = lake.store.keys("gold/tables/")
    assert {tuple(key.split("/")[2:4]) for key in keys} == {(r, str(n)) for r in RELATIONS for n in range(3, 8)}
    kept = [key for key in lake.store.keys("gold/_builds/") if key.endswith(".tables.json")]
    assert len(kept) == 5


def test_gold_goes_back_to_a_version_and_on_again(s3: S3, lake: Lake) -> None:
    for number in (1, 2, 3):
        finished(lake, number, range(1, 1 + number))
    back = keystone(str(lake), "--env", ENV, "gold", "rollback", env=s3.env)
    assert back.returncode == 0, back.stderr
    assert "gold is version 2 again" in back.stdout
    assert published(lake)["fact_sales"] == [f"fact_sales/2/year=2018/month={m}/" for m in (1, 2)]
    assert [v.number for v in golds.versions(lake) if v.current] == [2]
    assert plan_of(lake) == []
    again = keystone(str(lake), "--env", ENV, "gold", "rollback", "1", env=s3.env)
    assert again.returncode == 0, again.stderr
    assert published(lake)["dim_date"] == ["dim_date/1/"]
    with pytest.raises(Refused, match="kept are 3, 2, 1"):
        golds.chosen(lake, 9)
    finished(lake, 4, range(1, 2))
    assert [v.number for v in golds.versions(lake) if v.current] == [4]


def test_a_table_of_gold_that_was_dropped_or_changed_comes_back_without_a_build(lake: Lake) -> None:
    finished(lake, 1, range(1, 4))
    finished(lake, 2, range(1, 4))
    before = published(lake)
    glue().delete_table(DatabaseName=GOLD, Name="fact_sales")
    storage = {"Columns": [{"Name": "a", "Type": "int"}], "Location": f"{lake}-gold/tables/dim_date/1/"}
    glue().update_table(DatabaseName=GOLD, TableInput={"Name": "dim_date", "StorageDescriptor": storage})
    said = [one.sentence() for one in plan_of(lake)]
    assert said == [
        "staging_gold.fact_sales is missing",
        "staging_gold.dim_date differs: it is not what was published",
    ]
    assert [one.sentence() for one in apply_to(lake)] == said
    assert published(lake) == before
    glue().delete_partition(DatabaseName=GOLD, TableName="fact_sales", PartitionValues=["2018", "2"])
    (differs,) = apply_to(lake)
    assert differs.sentence() == "staging_gold.fact_sales differs: it is not what was published"
    assert published(lake) == before
    assert plan_of(lake) == []
