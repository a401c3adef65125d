"""The deck as it is opened: every figure on it equals gold, and odd lakes give slides that make sense."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation

from keystone_nexus.analytics import words
from keystone_nexus.analytics.deck.build import build_deck
from keystone_nexus.analytics.gold import Gold, gold_of
from keystone_nexus.analytics.provenance import Provenance, provenance_of
from keystone_nexus.cost.prices import choices
from keystone_nexus.lake.lake import Lake


def deck_of(gold: Gold, said: Provenance) -> Any:
    return Presentation(io.BytesIO(build_deck(gold, said)))


@pytest.fixture(scope="module")
def gold(built_lake: Path) -> Gold:
    return gold_of(Lake(built_lake))


@pytest.fixture(scope="module")
def said(built_lake: Path, gold: Gold) -> Provenance:
    return provenance_of(Lake(built_lake), gold)


@pytest.fixture(scope="module")
def deck(gold: Gold, said: Provenance) -> Any:
    return deck_of(gold, said)


def shapes(deck: Any, kind: str) -> dict[str, Any]:
    found = [s for slide in deck.slides for s in slide.shapes if s.name.startswith(kind)]
    return {s.name.removeprefix(kind): s for s in found}


def one(gold: Gold, sql: str) -> Any:
    return gold.frame(f"select {sql}").item()


def test_the_tiles_are_gold_s_figures(deck: Any, gold: Gold) -> None:
    delivered = "gold.fact_orders where order_status = 'delivered' and delivery_days is not null"
    expected = {
        "revenue": words.short_money(one(gold, "sum(price) from gold.fact_sales")),
        "orders": words.count(one(gold, "count(*) from gold.fact_orders")),
        "items": words.count(one(gold, "count(*) from gold.fact_sales")),
        "customers": words.count(
            one(gold, "count(distinct customer_unique_id) from gold.dim_customer where customer_unique_id <> 'unknown'")
        ),
        "average_order_value": words.money(one(gold, "sum(price) / count(distinct order_id) from gold.fact_sales")),
        "review_score": words.number(one(gold, "avg(review_score) from gold.fact_reviews")),
        "late_share": words.share(one(gold, f"avg(cast(is_late as integer)) from {delivered}")),
        "delivery_days_mean": words.number(one(gold, f"avg(delivery_days) from {delivered}"), 1),
    }
    assert {name: shape.text_frame.text for name, shape in shapes(deck, "kpi:").items()} == expected


def test_the_charts_hold_gold_s_figures_and_can_be_edited(deck: Any, gold: Gold) -> None:
    charts = shapes(deck, "chart:")
    top = charts["Revenue by category [BRL]"].chart.plots[0]
    expected = gold.frame(
        "select category_name, sum(price) as revenue from gold.fact_sales "
        "join gold.dim_product using (product_key) group by 1 order by 2 desc, 1 limit 8"
    )
    assert [float(v) for v in top.series[0].values] == [float(v) for v in expected["revenue"]]
    assert [str(c) for c in top.categories] == [n.replace("_", " ") for n in expected["category_name"]]
    scores = charts["Mean review score"].chart.plots[0]
    for name, value in zip(scores.categories, scores.series[0].values, strict=True):
        late = "is_late" if str(name) == "late" else "not is_late"
        mean = one(
            gold,
            "avg(review_score) from gold.fact_reviews join gold.fact_orders using (order_id) "
            f"where {late} and order_status = 'delivered'",
        )
        assert value == pytest.approx(float(mean))
    months = charts["Revenue by month, whole months [BRL]"].chart.plots[0].series[0]
    assert len(months.values) == one(gold, "count(*) from gold.monthly_sales where not is_partial")
    costs = charts["US dollars a month"].chart.plots[0].series[0]
    assert [int(v) for v in costs.values] == [int(c.usd_a_month) for c in choices()]


def test_it_is_about_ten_slides_each_with_notes_and_where_it_comes_from(deck: Any, said: Provenance) -> None:
    slides = list(deck.slides)
    assert len(slides) == 10
    for slide in slides:
        texts = [s.text_frame.text for s in slide.shapes if s.has_text_frame]
        assert any(said.line in t for t in texts)
        assert slide.notes_slide.notes_text_frame.text
        assert slide.shapes.title.text_frame.text


@pytest.mark.long
def test_a_lake_without_orders_makes_sense(tmp_path: Path) -> None:
    from tests.conftest import keystone
    from tests.helpers import nine_headers

    assert keystone(tmp_path / "lake", "run", "--source", str(nine_headers(tmp_path / "drop"))).returncode == 0
    lake = Lake(tmp_path / "lake")
    gold = gold_of(lake)
    deck = deck_of(gold, provenance_of(lake, gold))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert "Finding 1: nothing was sold" in titles
    assert "Finding 2: no deliveries to compare in this period" in titles
    assert "Finding 3: no customers in this period" in titles
    assert shapes(deck, "kpi:")["average_order_value"].text_frame.text == "–"
    assert all("None" not in s.text_frame.text for slide in deck.slides for s in slide.shapes if s.has_text_frame)


def test_text_from_data_stays_text(gold: Gold, said: Provenance, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = Gold.frame

    def hostile(self: Gold, sql: str) -> Any:
        import polars as pl

        found = frame(self, sql)
        return (
            found.with_columns(category_name=pl.lit("<script>alert(1)</script>\x0b"))
            if "category_name" in sql
            else found
        )

    monkeypatch.setattr(Gold, "frame", hostile)
    charts = shapes(deck_of(gold, said), "chart:")
    assert (
        str(next(iter(charts["Revenue by category [BRL]"].chart.plots[0].categories)))
        == "<script>alert(1)</script>[U+000B]"
    )
