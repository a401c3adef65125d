"""Nothing of the data ends the program: text is made fit where it is read, and a chart is drawn where a crash is survived."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import polars as pl
import pytest

from keystone_nexus.analytics.charts import render, worker
from keystone_nexus.analytics.charts.render import EXHIBITS, write_charts
from keystone_nexus.analytics.charts.worker import CannotDraw, Pen
from keystone_nexus.analytics.dashboard.page import build_kpi_dashboard
from keystone_nexus.analytics.deck.build import build_deck
from keystone_nexus.analytics.fit import fit, fitted
from keystone_nexus.analytics.gold import Gold
from keystone_nexus.analytics.insights import build_key_insights
from keystone_nexus.analytics.notebook import execute
from tests.analytics import odd_gold

HOSTILE = (
    "\x0b\x01\x1b[2J\x7f\ufffe\uffff\u202e</script><!-- ]]> {{ x }} {% y %} ${z} $1$ *a* |b| `c` # &amp; "
    "\U0001f600 \u05e9\u05dc\u05d5\u05dd\t\r\n=1+1" + "x" * 5000
)
"""What control, direct, break out of, mark up, or take for ever. (DuckDB's text holds no NUL.)"""
UNFIT = set("\x0b\x01\x1b\x7f\ufffe\uffff\u202e")


@pytest.fixture(scope="module")
def hostile_gold(built_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Gold:
    """Gold of which every text begins and ends with harm."""
    statements = []
    with duckdb.connect(str(built_lake / "gold/gold.duckdb"), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'gold' and data_type = 'VARCHAR'"
        ).fetchall()
    for table, column in columns:
        text = HOSTILE.replace("'", "''")
        statements.append(f"update gold.{table} set {column} = {column} || '{text}' where {column} is not null")
    assert len(statements) > 20
    return odd_gold.changed(built_lake, tmp_path_factory.mktemp("hostile"), *statements)


def test_what_is_read_of_gold_can_be_drawn(hostile_gold: Gold) -> None:
    for table in ("dim_product", "dim_customer", "category_performance"):
        frame = hostile_gold.table(table)
        for column in frame.select(pl.col(pl.String)).iter_columns():
            assert not UNFIT & set("".join(column.drop_nulls())), f"{table}.{column.name}"
            assert column.str.len_chars().max() <= 200  # pyright: ignore[reportOperatorIssue]


def test_one_text_and_a_frame_of_texts_are_made_fit_alike() -> None:
    every = [chr(n) for n in range(0x10000) if not 0xD800 <= n < 0xE000]
    assert fitted(pl.DataFrame({"x": every}))["x"].to_list() == [fit(one) for one in every]
    assert fit("\ud800a\x00b") == "\ufffda\ufffdb"
    assert fitted(pl.DataFrame({"x": ["y" * 300, None]}))["x"].to_list() == [fit("y" * 300), None]


def test_every_page_of_hostile_gold_is_built(hostile_gold: Gold, tmp_path: Path) -> None:
    said = odd_gold.NOTHING
    written = write_charts(hostile_gold, said, tmp_path / "charts")
    assert len(written) == 2 * len(EXHIBITS)
    for path in written:
        if path.suffix == ".svg":
            ElementTree.parse(path)
    texts = [build_kpi_dashboard(hostile_gold, said), build_key_insights(hostile_gold, said)]
    for text in texts:
        assert not UNFIT & set(text)
    assert build_deck(hostile_gold, said).startswith(b"PK")


@pytest.mark.long
def test_the_notebook_of_hostile_gold_is_built(hostile_gold: Gold, tmp_path: Path) -> None:
    for path in execute(hostile_gold.url, odd_gold.NOTHING, tmp_path):
        assert not UNFIT & set(path.read_text("utf-8"))


BAR = {"mark": "bar", "encoding": {"y": {"field": "a", "type": "nominal"}}}


def chart(text: str) -> str:
    return json.dumps({**BAR, "data": {"values": [{"a": text}]}})


def test_a_crash_of_the_renderer_costs_one_chart() -> None:
    with Pen() as pen:
        before = pen.draw(chart("fine"), render._version())
        with pytest.raises(CannotDraw, match=r"a non-XML character|the renderer ended with -6"):
            pen.draw(chart("\x0b"), render._version())
        assert pen.draw(chart("fine"), render._version()) == before, "the next one is drawn"
        assert pen._process is not None
        os.kill(pen._process.pid, signal.SIGABRT)
        with pytest.raises(CannotDraw, match="the renderer ended with -6"):
            pen.draw(chart("fine"), render._version())
        assert pen.draw(chart("fine"), render._version()) == before, "the next one is drawn"
        with pytest.raises(CannotDraw):
            pen.draw("{}", render._version())
        assert pen.draw(chart("fine"), render._version()) == before


def test_a_chart_that_takes_for_ever_costs_one_chart(monkeypatch: pytest.MonkeyPatch) -> None:
    with Pen() as pen:
        monkeypatch.setattr(worker, "SECONDS", 0.0)
        with pytest.raises(CannotDraw, match="took more than 0 s"):
            pen.draw(chart("fine"), render._version())


def test_charts_that_cannot_be_drawn_are_named_and_the_others_are_there(
    hostile_gold: Gold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harmless = EXHIBITS["payment_mix"]
    few = {"bad": render.Exhibit(harmless.sql, lambda f, look: _spoiled(harmless.chart(f, look))), "good": harmless}
    monkeypatch.setattr(render, "EXHIBITS", few)
    with pytest.raises(CannotDraw, match=r"the others are there: bad \([^)]+\)$"):
        write_charts(hostile_gold, odd_gold.NOTHING, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good.png", "good.svg"]


def _spoiled(drawn):
    drawn.title = "\x0b"
    return drawn


def test_a_panic_fails_its_page_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from keystone_nexus.orchestration import pages

    class Panic(BaseException):
        pass

    def panics(source: pages.Source, folder: Path) -> list[Path]:
        raise Panic("index out of bounds")

    with pytest.raises(RuntimeError, match="analytics/charts: Panic: index out of bounds"):
        pages._built("charts", panics, None, tmp_path)  # pyright: ignore[reportArgumentType]
