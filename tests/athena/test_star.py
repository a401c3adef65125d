"""The sales star of a small lake, the same on both engines. All of gold, its tests and its pages: `make test-athena`."""

from __future__ import annotations

from pathlib import Path

import pytest

from keystone_nexus.analytics.gold import Gold
from keystone_nexus.glue import catalog, publication
from keystone_nexus.glue.projection import Span, years
from keystone_nexus.source.synthetic import generate
from tests.athena import dbt
from tests.athena.built import SELECTED, make_group, upload
from tests.athena.comparison import difference, relations
from tests.athena.double.stack import Double
from tests.conftest import keystone

NAME, ENV, GROUP = "month", "local", "keystone-local"
JANUARY = Span(years(2018, 2018).first, years(2018, 2018).first.replace(day=31))


@pytest.mark.athena
def test_the_sales_star_is_equal_row_by_row(double: Double, aws: None, tmp_path: Path) -> None:
    generate(tmp_path / "source", 0.01, 7)
    days = ("--from", str(JANUARY.first), "--to", str(JANUARY.last))
    ran = keystone(tmp_path / "lake", "run", "--source", str(tmp_path / "source"), "--select", SELECTED, *days)
    assert ran.returncode == 0, ran.stderr
    upload(double, tmp_path / "lake", NAME)
    catalog.apply(double.client("glue"), NAME, ENV, JANUARY)
    make_group(double, GROUP)
    results = dbt.run(double, NAME, ENV, tmp_path, "run", "--select", "+fact_sales", "+dim_customer", "dim_date")
    local = Gold(f"duckdb:///{tmp_path / 'lake' / 'gold' / 'gold.duckdb'}")
    built = {one["unique_id"].split(".")[2] for one in results}
    names = [name for name in relations(local) if name in built]
    assert {"fact_sales", "dim_customer", "dim_product", "dim_seller", "dim_date"} <= set(names)
    tables = publication.described(double.client("glue"), f"{ENV}_gold_build", names)
    publication.publish(double.client("glue"), f"{ENV}_gold", tables, f"s3://{NAME}-gold/tables/")
    athena = Gold(double.url(f"{ENV}_gold", GROUP))
    assert local.table("fact_sales").height > 20
    assert [said for name in names if (said := difference(local, athena, name))] == []
