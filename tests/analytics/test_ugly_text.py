"""Nothing that a text of the data holds ends a program: every page is made, and shows it as text."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pptx import Presentation

from keystone_nexus.analytics import notebook
from keystone_nexus.analytics.charts.render import EXHIBITS, svg, write_charts
from keystone_nexus.analytics.charts.theme import look_of
from keystone_nexus.analytics.dashboard.page import build_kpi_dashboard
from keystone_nexus.analytics.deck.build import build_deck
from keystone_nexus.analytics.fit import LONGEST, fit, fit_name
from keystone_nexus.analytics.gold import Gold
from keystone_nexus.analytics.insights import build_key_insights
from keystone_nexus.analytics.provenance import Provenance
from tests.analytics import odd_gold
from tests.analytics.hostile import SEPARATE, UGLY
from tests.analytics.pages import Page

SAID = Provenance(None, None, 1, "2026-01-01 00:00", closed=(f"silver/x: {UGLY[0]}{UGLY[2]}",), code="a\x0bb")


@pytest.fixture(scope="module")
def ugly(built_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Gold:
    return odd_gold.ugly(built_lake, tmp_path_factory.mktemp("ugly"))


def harmless(text: str) -> str:
    assert not [hex(ord(one)) for one in set(text) & set(SEPARATE)]
    assert "<script>alert" not in text
    return text


def test_names_that_differ_stay_two() -> None:
    assert len({fit_name(text) for text in UGLY}) == len(UGLY)
    assert all(len(fit_name(text)) <= LONGEST for text in UGLY)
    assert fit("a\x00b\ud800\ufffe") == "a[U+0000]b[U+D800][U+FFFE]"
    assert fit("caf\u00e9 \U0001f600\n") == "caf\u00e9 \U0001f600\n"


def test_charts(ugly: Gold, tmp_path: Path) -> None:
    for path in write_charts(ugly, SAID, tmp_path):
        if path.suffix == ".svg":
            ElementTree.fromstring(harmless(path.read_text("utf-8")))
    assert "vertical[U+000B]tab" in "".join(svg(one.of(ugly, look_of(SAID))) for one in EXHIBITS.values())


def test_dashboard(ugly: Gold) -> None:
    text = harmless(build_kpi_dashboard(ugly, SAID))
    assert Page(text).tags.count("script") == 2
    (data,) = re.findall(r'(?s)<script type="application/json"[^>]*>(.*?)</script>', text)
    assert len(json.loads(data)["cube"]["categories"]) > 3


def test_insights(ugly: Gold) -> None:
    text = harmless(build_key_insights(ugly, SAID))
    assert "`tick`" not in text
    assert "<!--" not in text


def test_deck(ugly: Gold) -> None:
    made = build_deck(ugly, SAID)
    deck = Presentation(io.BytesIO(made))
    assert len(list(deck.slides)) == 10
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        for name in parts.namelist():
            if name.endswith(".xml"):
                harmless("".join(ElementTree.fromstring(parts.read(name)).itertext()))
            elif name.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(parts.read(name))) as book:
                    sheet = book.read("xl/worksheets/sheet1.xml").decode()
                    assert "<f>" not in sheet, "text from data is no formula"
                    assert "hyperlink" not in sheet


def test_notebook(ugly: Gold) -> None:
    page = notebook.page(notebook.run(ugly.url))
    assert "<script" not in harmless(page)
    assert "Traceback" not in page
