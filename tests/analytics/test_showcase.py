"""The copies in the repository are what the code makes of the real data, and say so."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation

from keystone_nexus.analytics.charts.render import EXHIBITS, write_charts
from keystone_nexus.analytics.deck.build import build_deck
from keystone_nexus.analytics.gold import Gold, gold_of
from keystone_nexus.analytics.insights import build_key_insights
from keystone_nexus.analytics.provenance import CREDIT, Provenance, provenance_of
from keystone_nexus.lake.lake import Lake
from tests.conftest import ROOT

ANALYSIS = ROOT / "analysis"
DECK = ROOT / "presentation" / "keystone_nexus_executive_summary.pptx"
STAMP = json.loads((ANALYSIS / "showcase.json").read_text("utf-8"))
AGAIN = "make showcase SOURCE=<the real data> writes them anew"


@pytest.fixture(scope="module")
def real_gold(real_lake: Path) -> Gold:
    return gold_of(Lake(real_lake))


@pytest.fixture(scope="module")
def stamped(real_lake: Path, real_gold: Gold) -> Provenance:
    """What is true of the real data now, with the build and the commit of the copies."""
    fresh = provenance_of(Lake(real_lake), real_gold)
    return replace(fresh, **{name: STAMP[name] for name in ("gold_version", "gold_built_at", "code")})


def test_the_stamp_is_of_the_real_data(stamped: Provenance) -> None:
    assert json.loads(json.dumps(asdict(stamped), default=str)) == STAMP, AGAIN


def test_the_insights_are_those_of_a_fresh_build(real_gold: Gold, stamped: Provenance) -> None:
    assert (ANALYSIS / "key_insights.md").read_text("utf-8") == build_key_insights(real_gold, stamped), AGAIN


@pytest.mark.long
def test_the_charts_show_what_a_fresh_build_shows(real_gold: Gold, stamped: Provenance, tmp_path: Path) -> None:
    """Marks and words are compared, not where they stand: a machine's fonts move them."""
    write_charts(real_gold, stamped, tmp_path)
    for name in EXHIBITS:
        assert _shown(ANALYSIS / "charts" / f"{name}.svg") == _shown(tmp_path / f"{name}.svg"), f"{name}: {AGAIN}"


def _shown(svg: Path) -> Counter[str]:
    drawn = svg.read_text("utf-8")
    return Counter(re.findall(r'aria-label="([^"]*)"', drawn) + re.findall(r"<text[^>]*>([^<]*)<", drawn))


def test_the_deck_says_what_a_fresh_build_says(real_gold: Gold, stamped: Provenance) -> None:
    fresh = Presentation(io.BytesIO(build_deck(real_gold, stamped)))
    assert list(_said(Presentation(str(DECK)))) == list(_said(fresh)), AGAIN


def _said(deck: Any) -> Any:
    for number, slide in enumerate(deck.slides):
        yield number, "notes", slide.notes_slide.notes_text_frame.text
        for shape in slide.shapes:
            if shape.has_text_frame:
                yield number, shape.name, shape.text_frame.text
            if shape.has_table:
                yield number, shape.name, [[cell.text for cell in row.cells] for row in shape.table.rows]
            if shape.has_chart:
                for plot in shape.chart.plots:
                    series = [(one.name, list(one.values)) for one in plot.series]
                    yield number, shape.name, list(plot.categories), series


def test_every_copy_is_stamped_and_credits_the_data() -> None:
    assert re.fullmatch("[0-9a-f]{12}", STAMP["code"]), "made from a commit, with nothing changed beside it"
    insights = (ANALYSIS / "key_insights.md").read_text("utf-8")
    foot = [text for _, _, text, *_ in _said(Presentation(str(DECK))) if isinstance(text, str)]
    for text in (insights, "\n".join(foot)):
        assert CREDIT in text
        assert f"code {STAMP['code']}" in text
    assert {path.stem for path in (ANALYSIS / "charts").glob("*.svg")} == set(EXHIBITS)
    for name in EXHIBITS:
        drawn = (ANALYSIS / "charts" / f"{name}.svg").read_text("utf-8")
        assert f"code {STAMP['code']}" in drawn
        assert "CC BY-NC-SA 4.0" in drawn
        assert (ANALYSIS / "charts" / f"{name}.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
