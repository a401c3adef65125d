"""What people open, made from Athena's gold by the one URL, is what DuckDB's gold makes."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from keystone_nexus.analytics import notebook
from keystone_nexus.analytics.gold import Gold
from keystone_nexus.analytics.provenance import Provenance, provenance_of
from keystone_nexus.lake.lake import Lake
from tests.athena.asked import pages, recorded
from tests.athena.built import Built
from tests.athena.conftest import ENV, EXPLORE
from tests.athena.double.stack import Double


@pytest.fixture(scope="module")
def said(built: Built) -> Provenance:
    return provenance_of(Lake(built.lake), built.local)


@pytest.mark.athena_full
def test_pages_from_athena_are_the_pages_from_duckdb(
    double: Double, built: Built, said: Provenance, tmp_path: Path
) -> None:
    """And all that they ask is answered alike. Read in the work group of people, as an analyst would."""
    with recorded() as asked:
        here = pages(built.local, said, tmp_path / "here")
    with recorded() as there_asked:
        there = pages(Gold(double.url(f"{ENV}_gold", EXPLORE)), said, tmp_path / "there")
    assert len(asked) >= 30
    assert there_asked.keys() == asked.keys()
    assert [sql for sql in asked if not _alike(asked[sql], there_asked[sql], sql)] == []
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []


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
def test_a_run_builds_all_pages_into_their_bucket(
    double: Double, built: Built, said: Provenance, tmp_path: Path
) -> None:
    """The notebook among them, whose cells show what they show on DuckDB."""
    done = built.keystone("run", "--select", "group:analytics")
    assert done.returncode == 0, done.stdout + done.stderr
    s3, bucket = double.client("s3"), f"{built.name}-analytics"
    keys = {key.rpartition("/")[2]: key for one in s3.list_objects_v2(Bucket=bucket)["Contents"] if (key := one["Key"])}
    assert {"kpi_dashboard.html", "quality_dashboard.html", "key_insights.md"} <= keys.keys()
    assert {".pptx", ".svg"} <= {Path(name).suffix for name in keys}
    there = tmp_path / "there.ipynb"
    there.write_bytes(s3.get_object(Bucket=bucket, Key=keys["exploratory_analysis.ipynb"])["Body"].read())
    here, _ = notebook.execute(built.local.url, said, tmp_path / "here")
    assert _outputs(there) == _outputs(here)


def _outputs(path: Path) -> list[str]:
    """What cells show. Means of doubles may differ in the last bits, which the page's exact values have."""
    import nbformat

    def rounded(found: re.Match[str]) -> str:
        return f'data-value="{float(found[1]):.12g}"'

    cells = nbformat.read(path, as_version=4).cells
    outputs = [o for c in cells for o in c.get("outputs", [])]
    texts = [str(o.get("data", {}).get("text/markdown") or o.get("text", "")) for o in outputs]
    return [re.sub(r'data-value="(-?[0-9.e-]+)"', rounded, text) for text in texts]
