"""What people open, made from Athena's gold by the one URL, is what DuckDB's gold makes."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from keystone_nexus.analytics import notebook
from keystone_nexus.analytics.gold import Gold
from keystone_nexus.analytics.provenance import Provenance, provenance_of
from keystone_nexus.lake.lake import Lake
from tests.athena.asked import asked_of, pages
from tests.athena.built import Built
from tests.athena.conftest import ENV, EXPLORE
from tests.athena.double.stack import Double


@pytest.fixture(scope="module")
def said(built: Built) -> Provenance:
    return provenance_of(Lake(built.lake), built.local)


@pytest.mark.athena_full
def test_every_query_of_the_pages_answers_alike(built: Built, said: Provenance, tmp_path: Path) -> None:
    asked = asked_of(built.local, said, tmp_path)
    assert len(asked) >= 30
    different = [sql for sql in asked if not _alike(built.local.frame(sql), built.athena.frame(sql), sql)]
    assert different == []


def _alike(one: pl.DataFrame, other: pl.DataFrame, sql: str) -> bool:
    """Equal with names, order of columns and types; means of doubles to the last bits only."""
    if one.schema != other.schema or one.height != other.height:
        return False
    if "order by" not in sql.lower().rsplit(")", 1)[-1]:
        one, other = one.sort(pl.all()), other.sort(pl.all())
    for column, kind in one.schema.items():
        same = one[column].eq_missing(other[column])
        if kind.is_float():
            same = same | ((one[column] - other[column]).abs() <= 1e-12 * one[column].abs()).fill_null(False)
        if not same.all():
            return False
    return True


@pytest.mark.athena_full
def test_pages_from_athena_are_the_pages_from_duckdb(
    double: Double, built: Built, said: Provenance, tmp_path: Path
) -> None:
    """Read in the work group of people, as an analyst would."""
    explored = Gold(double.url(f"{ENV}_gold", EXPLORE))
    here = pages(built.local, said, tmp_path / "here")
    there = pages(explored, said, tmp_path / "there")
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []


@pytest.mark.athena_full
def test_the_notebook_runs_on_athena(double: Double, built: Built, said: Provenance, tmp_path: Path) -> None:
    url = double.url(f"{ENV}_gold", EXPLORE)
    one, page = notebook.execute(url, said, tmp_path / "athena")
    other, _ = notebook.execute(built.local.url, said, tmp_path / "duckdb")
    assert page.stat().st_size > 10_000
    assert _outputs(one) == _outputs(other)


def _outputs(path: Path) -> list[str]:
    import nbformat

    cells = nbformat.read(path, as_version=4).cells
    outputs = [o for c in cells for o in c.get("outputs", [])]
    return [str(o.get("data", {}).get("text/markdown") or o.get("text", "")) for o in outputs]
