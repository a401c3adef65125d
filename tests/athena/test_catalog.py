"""The Glue catalog from the contracts, and what Athena reads through it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.glue import catalog
from keystone_nexus.glue.projection import Span, every_year, years
from keystone_nexus.glue.query import connect, query
from keystone_nexus.lake import ledger
from keystone_nexus.lake import sql as local
from keystone_nexus.lake.event_log import SCHEMA, object_key
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import OffsetRange
from tests.athena.built import upload
from tests.athena.conftest import GROUP
from tests.athena.double.stack import Double
from tests.conftest import keystone

NAME, ENV = "rejects", "staging"
SPAN = Span(years(2018, 2018).first, years(2018, 2018).first.replace(month=2))
COMPARED = ("bronze", "silver", "quarantine")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drop with rejects of every kind: with a day, without one, of a table without days, and no record."""
    from keystone_nexus.source.synthetic import generate

    folder = tmp_path_factory.mktemp("source")
    generate(folder, 0.01, 5)
    orders = folder / "olist_orders_dataset.csv"
    lines = orders.read_text("utf-8").splitlines()
    customer = lines[1].split(",")[1]
    lines += [
        f'"{"a" * 32}",{customer},"delivered","2018-01-05 10:00:00",,,,"no time"',
        f'"{"b" * 32}",{customer},"delivered","no time at all",,,,"2018-02-01 00:00:00"',
        '"ragged, with ""quotes"" and é"',
    ]
    orders.write_text("\n".join(lines) + "\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def lake(double: Double, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The same lake here and on S3, with its catalog."""
    root = tmp_path_factory.mktemp("rejects") / "lake"
    ran = keystone(
        root, "--env", ENV, "run", "--source", str(source), "--select", "group:bronze or group:silver or group:quarantine",
        "--from", str(SPAN.first), "--to", str(SPAN.last),
    )  # fmt: skip
    assert ran.returncode in (0, 1), ran.stderr
    upload(double, root, NAME)
    catalog.apply(double.client("glue"), NAME, ENV, SPAN)
    return Lake(root, ENV)


@pytest.fixture(scope="module")
def athena(aws: None) -> Any:
    return connect(ENV, GROUP)


def both(lake: Lake, athena: Any, relation: str, columns: list[str]) -> tuple[list[Any], list[Any]]:
    names = ", ".join(f'"{c}"' for c in columns)
    here = local.query(lake, f"select {names} from {relation}")
    there = query(athena, f"select {names} from {relation}", ENV)
    return sorted(map(plain, here.rows), key=str), sorted(map(plain, there.rows), key=str)


def plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Lists as their text: PyAthena reads an array of texts from Athena's notation."""
    return tuple(", ".join(map(str, v)) if isinstance(v, list) else v for v in row)


@pytest.mark.athena
@pytest.mark.parametrize("name", list(tables()))
def test_every_table_answers_as_the_lake_here_does(lake: Lake, athena: Any, name: str) -> None:
    spec = tables()[name]
    day = ["year", "month", "day"] if spec.dated else []
    here, there = both(lake, athena, f"silver.{name}", [c.name for c in spec.columns] + day)
    assert here == there
    assert here
    extra = ["_source_object", "_source_row", "_raw"]
    here, there = both(lake, athena, f"bronze.{name}", [*spec.source_columns, *extra])
    assert here == there
    assert here[0][-3].startswith(f"bronze/{name}/")
    here, there = both(lake, athena, f"quarantine.{name}", [*spec.source_columns, "_rules", *extra, "_day"])
    assert here == there


@pytest.mark.athena
def test_rows_without_a_day_are_a_partition_of_their_own(lake: Lake, athena: Any) -> None:
    undated = query(athena, "select _rules, _raw from quarantine.orders where year = '0000'", ENV).rows
    assert len(undated) == 2
    assert {str(raw) for _, raw in undated} == {"None", '"ragged, with ""quotes"" and é"'}
    dated = query(athena, "select order_id, _day from quarantine.orders where year <> '0000'", ENV).rows
    assert [str(day) for _, day in dated] == ["2018-01-05"]


@pytest.mark.athena
def test_a_day_is_read_alone(lake: Lake, athena: Any) -> None:
    whole = query(athena, "select count(order_id) from silver.orders", ENV)
    one = query(athena, "select count(order_id) from silver.orders where year = 2018 and month = 1 and day = 5", ENV)
    assert 0 < one.rows[0][0] < whole.rows[0][0]
    assert one.scanned_bytes < whole.scanned_bytes / 5


@pytest.mark.athena
def test_an_object_that_the_ledger_does_not_know_is_no_row(double: Double, lake: Lake, athena: Any) -> None:
    before = query(athena, "select count(*) from bronze.sellers", ENV).rows
    known = next((lake.root / "bronze" / "sellers").glob("*.parquet"))
    s3 = double.client("s3")
    s3.put_object(Bucket=f"{NAME}-bronze", Key=f"sellers/{'0' * 64}.parquet", Body=known.read_bytes())
    assert query(athena, "select count(*) from bronze.sellers", ENV).rows == before
    assert query(athena, "select count(*) from bronze.sellers_objects", ENV).rows == [(2 * before[0][0],)]


@pytest.mark.athena
def test_events_answer_in_bronze_and_quarantine(double: Double, lake: Lake, athena: Any, tmp_path: Path) -> None:
    """Also after a race: the second range from one offset on is void, as it is in the ledger's own fold."""
    assert query(athena, "select * from bronze.order_events", ENV).rows == []
    s3 = double.client("s3")
    for number, (first, end) in enumerate([(0, 2), (0, 3), (2, 4)], start=2):
        key = object_key("c", "events", "id", 0, first, end)
        rows = {"event_id": [f"e{n}" if n % 2 == 0 else None for n in range(first, end)]}
        rows |= {"_value": [b"\x00\xff"] * (end - first), "_source_row": list(range(first, end))}
        rows |= {"_rules": [[] if n % 2 == 0 else ["event:decode"] for n in range(first, end)]}
        log = pl.DataFrame(rows, schema_overrides={k: SCHEMA[k] for k in rows})
        log = log.with_columns(pl.lit(None, kind).alias(k) for k, kind in SCHEMA.items() if k not in rows)
        log.select(*SCHEMA).write_parquet(tmp_path / "events.parquet", compression="snappy")
        landed = OffsetRange("c", "events", "id", 0, first, end, key, "", end - first, 0, {}, None, None)
        ledger.append(lake, ledger.Entry(number, ledger.now(), "kafka:events", [], [landed]))
        entry = lake.root / "bronze" / "_ledger" / f"{number:08d}.json"
        s3.put_object(Bucket=f"{NAME}-bronze", Key=f"_ledger/{entry.name}", Body=entry.read_bytes())
        for layer in ("bronze", "quarantine"):
            body = (tmp_path / "events.parquet").read_bytes()
            s3.put_object(Bucket=f"{NAME}-{layer}", Key=key.removeprefix("bronze/"), Body=body)
    counted = {str(one.object): one for _, one in ledger.read(lake).ranges}
    wanted = [
        (f"e{n}" if n % 2 == 0 else None, b"\x00\xff", n, key)
        for key, one in counted.items()
        for n in range(one.first, one.end)
    ]
    assert [n for _, _, n, _ in wanted] == [0, 1, 2, 3]
    for layer in ("bronze", "quarantine"):
        asked = f'select event_id, "_value", _source_row, _source_object from {layer}.order_events order by 3'
        assert query(athena, asked, ENV).rows == wanted
    poison = query(athena, "select cardinality(_rules) from quarantine.order_events order by _source_row", ENV)
    assert poison.rows == [(0,), (1,), (0,), (1,)]


@pytest.mark.athena
def test_apply_leaves_nothing_to_plan_and_mends_what_somebody_changed(double: Double, lake: Lake) -> None:
    glue = double.client("glue")
    assert catalog.plan(glue, NAME, ENV, SPAN) == []
    held = glue.get_table(DatabaseName=f"{ENV}_silver", Name="orders")["Table"]
    held = {k: held[k] for k in ("Name", "StorageDescriptor", "PartitionKeys", "Parameters", "TableType")}
    held["StorageDescriptor"]["Columns"][0]["Type"] = "int"
    glue.update_table(DatabaseName=f"{ENV}_silver", TableInput=held)
    glue.delete_table(DatabaseName=f"{ENV}_bronze", Name="sellers")
    glue.create_table(
        DatabaseName=f"{ENV}_silver", TableInput={"Name": "old", "Parameters": {"keystone.contract": "1"}}
    )
    glue.create_table(DatabaseName=f"{ENV}_silver", TableInput={"Name": "somebody_elses"})
    said = [d.sentence() for d in catalog.plan(glue, NAME, ENV, SPAN)]
    assert "staging_bronze.sellers is missing" in said
    assert any("staging_silver.orders differs: " in s and "order_id's type is int, not string" in s for s in said)
    assert "staging_silver.old is left over: no contract wants it" in said
    assert len(said) == 3
    assert len(catalog.apply(glue, NAME, ENV, SPAN)) == 3
    assert catalog.plan(glue, NAME, ENV, SPAN) == []
    assert catalog.plan(glue, NAME, ENV, every_year()) != []
    glue.delete_table(DatabaseName=f"{ENV}_silver", Name="somebody_elses")
