"""Charts and dashboard of lakes with next to nothing in them: nothing divides by zero, and the words make sense."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from pptx import Presentation

from keystone_nexus.analytics.charts.render import EXHIBITS, svg
from keystone_nexus.analytics.charts.theme import look_of
from keystone_nexus.analytics.dashboard.page import build_kpi_dashboard
from keystone_nexus.analytics.deck.build import build_deck
from keystone_nexus.analytics.gold import gold_of
from keystone_nexus.analytics.provenance import provenance_of
from keystone_nexus.lake.lake import Lake
from tests.analytics import odd_gold
from tests.analytics.conftest import HOSTILE
from tests.analytics.pages import Page, after_scripts
from tests.conftest import keystone
from tests.small_drops import EMPTY, Drop, good_row, write

PAGES = ("kpi_dashboard.html", "quality_dashboard.html", "exploratory_analysis.html", "key_insights.md")
ONE_DAY: Drop = EMPTY | {
    "orders": [good_row("orders", order_id="o1", customer_id="c1", order_status="shipped")],
    "order_items": [good_row("order_items", order_id="o1", product_id="p1", seller_id="s1", price="10.00")],
    "order_payments": [good_row("order_payments", order_id="o1", payment_value="12.00")],
    "customers": [good_row("customers", customer_id="c1", customer_state="SP")],
    "products": [good_row("products", product_id="p1", product_category_name=HOSTILE)],
    "sellers": [good_row("sellers", seller_id="s1")],
}
"""One order of one day and state, neither delivered nor reviewed, of a category that means harm."""


@pytest.fixture(scope="module", params=[pytest.param("one day", marks=pytest.mark.long), "empty"])
def odd_lake(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of one order, and one of none."""
    folder = tmp_path_factory.mktemp("odd")
    source = write(ONE_DAY if request.param == "one day" else EMPTY, folder / "source")
    done = keystone(folder / "lake", "run", "--source", str(source))
    assert done.returncode == 0, done.stderr
    return Lake(folder / "lake")


def test_charts_of_odd_lakes_are_drawn(odd_lake: Lake) -> None:
    gold = gold_of(odd_lake)
    look = look_of(provenance_of(odd_lake, gold))
    for name, exhibit in EXHIBITS.items():
        drawn = svg(exhibit.of(gold, look))
        assert "NaN" not in drawn, name
        assert "<script" not in drawn, name
        ElementTree.fromstring(drawn)


def test_odd_lakes_make_sense(odd_lake: Lake) -> None:
    gold = gold_of(odd_lake)
    text = build_kpi_dashboard(gold, provenance_of(odd_lake, gold))
    page = Page(text)
    assert "No deliveries in this period." in text
    assert page.tile("late_share").value == ""
    assert page.tile("late_share").text == "–"
    assert page.tile("review_score").text == "–"
    assert page.tags.count("script") == 2
    assert not re.search(r"\b(NaN|None|Infinity|undefined)\b", re.sub(r"(?s)<script.*?</script>", "", text))


def test_odd_lakes_in_a_browser(odd_lake: Lake, tmp_path: Path) -> None:
    gold = gold_of(odd_lake)
    file = tmp_path / "kpi_dashboard.html"
    file.write_text(build_kpi_dashboard(gold, provenance_of(odd_lake, gold)), "utf-8")
    for filters in ("", urlencode({"category": HOSTILE})):
        text = after_scripts(file, filters)
        page = Page(text)
        assert page.tags.count("script") == 2
        assert '<html lang="en" class="script">' in text
        shown = re.sub(r"(?s)<script.*?</script>", "", text)
        assert not re.search(r"\b(NaN|None|Infinity|undefined)\b", shown)
        assert page.tile("late_share").text == "–"
        assert "No deliveries in this period." in shown


def test_every_page_of_odd_lakes_makes_sense(odd_lake: Lake) -> None:
    """What the run itself has built, as files."""
    folder = odd_lake.layer("analytics")
    texts = {name: (folder / name).read_text("utf-8") for name in PAGES}
    texts["deck"] = "\n".join(_words_of(Presentation(str(folder / "keystone_nexus_executive_summary.pptx"))))
    for name, text in texts.items():
        shown = re.sub(r"(?s)<(script|style).*?</\1>|data:image[^\"]+", "", text)
        assert not re.search(r"\b(NaN|nan|None|Infinity|inf|undefined|Traceback)\b", shown), name
        assert name == "deck" or "<script>alert" not in text, name
    assert len(list((folder / "charts").glob("*.svg"))) == len(EXHIBITS)
    for file in (folder / "charts").glob("*.svg"):
        assert "<script" not in file.read_text("utf-8")
    if "alert" in texts["kpi_dashboard.html"]:  # the lake that means harm: it is shown, as text
        assert HOSTILE in html.unescape(texts["kpi_dashboard.html"])
        assert HOSTILE in texts["deck"]
        assert "alert\\(1\\)" in texts["key_insights.md"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("statements", "absent"),
    [
        (odd_gold.NO_DELIVERIES, {"late_share", "delivery_days_mean"}),
        (odd_gold.NO_REVIEWS, {"review_score"}),
        (odd_gold.ONE_STATE, set[str]()),
    ],
    ids=["no deliveries", "no reviews", "one state"],
)
def test_a_lake_that_lacks_one_thing_makes_sense(
    built_lake: Path, tmp_path: Path, statements: tuple[str, ...], absent: set[str]
) -> None:
    """Many orders, and nothing of one kind: dashboard, charts and deck."""
    gold = odd_gold.changed(built_lake, tmp_path, *statements)
    said = provenance_of(Lake(built_lake), gold)
    deck = Presentation(io.BytesIO(build_deck(gold, said)))
    texts = [build_kpi_dashboard(gold, said), *_words_of(deck)]
    texts += [svg(exhibit.of(gold, look_of(said))) for exhibit in EXHIBITS.values()]
    for text in texts:
        shown = re.sub(r"(?s)<(script|style).*?</\1>", "", text)
        assert not re.search(r"\b(NaN|nan|None|Infinity|inf|undefined)\b", shown)
    page = Page(texts[0])
    dashes = {
        kpi for kpi in ("orders", "late_share", "delivery_days_mean", "review_score") if page.tile(kpi).text == "–"
    }
    assert dashes == absent


def _words_of(deck: Any) -> Iterator[str]:
    """All text of the slides, the charts' categories too."""
    for slide in deck.slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                yield shape.text_frame.text
            if shape.has_chart:
                yield from (str(category) for category in shape.chart.plots[0].categories)
