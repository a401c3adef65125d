"""Charts show what their queries answer, say so where there is nothing, and are written without a browser."""

from __future__ import annotations

import html
import json
import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import polars.selectors as cs
import pytest

from keystone_nexus.analytics.brazil import states
from keystone_nexus.analytics.charts.render import EXHIBITS, svg, write_charts
from keystone_nexus.analytics.charts.theme import Look
from keystone_nexus.analytics.gold import Gold
from keystone_nexus.analytics.provenance import Provenance
from keystone_nexus.analytics.tones import DARK, LIGHT, Tones
from keystone_nexus.contracts.catalog import tables

LOOK = Look("Source: here · data through 2018-01-05")
PROVENANCE = Provenance(date(2018, 1, 1), date(2018, 1, 5), 3, "2018-01-06 00:00")


@pytest.mark.parametrize("name", EXHIBITS)
def test_a_chart_holds_what_its_query_answers(gold: Gold, name: str) -> None:
    exhibit = EXHIBITS[name]
    expected = gold.frame(exhibit.sql)
    assert not expected.is_empty()
    chart = exhibit.chart(expected, LOOK)
    assert isinstance(chart.data, pl.DataFrame)
    assert chart.data.equals(expected.with_columns(cs.decimal().cast(pl.Float64)))


@pytest.mark.parametrize("name", EXHIBITS)
@pytest.mark.parametrize("dark", [False, True])
def test_a_chart_without_rows_says_so(gold: Gold, name: str, dark: bool) -> None:
    nothing = gold.frame(EXHIBITS[name].sql).clear()
    chart = EXHIBITS[name].chart(nothing, Look(LOOK.source, dark))
    words = " ".join(re.findall(r'"text": "(No [^"]+)"', json.dumps(chart.to_dict())))
    assert re.fullmatch(r"No .* in this period", words)


def test_every_chart_is_written_as_svg_and_png(gold: Gold, tmp_path: Path) -> None:
    written = write_charts(gold, PROVENANCE, tmp_path / "charts")
    assert {path.name for path in written} == {f"{name}.{kind}" for name in EXHIBITS for kind in ("svg", "png")}
    for path in written:
        if path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG")
            continue
        words = " ".join(ElementTree.parse(path).getroot().itertext())
        assert "Source: Olist" in words
        assert "data through 2018-01-05" in words
        assert "NaN" not in path.read_text("utf-8")
        assert not re.search(r'(src|href)="http', path.read_text("utf-8"))


def test_a_map_credits_its_author(gold: Gold) -> None:
    assert "Victor Cazanave, CC BY 4.0" in json.dumps(EXHIBITS["state_map"].of(gold, LOOK).to_dict())


def test_what_is_not_seen_is_read(gold: Gold) -> None:
    """A chart's description stands in its SVG, for those who hear it."""
    drawn = svg(EXHIBITS["late_map"].of(gold, LOOK))
    assert "Late deliveries by the customer's state. Late: delivered on a later date" in html.unescape(drawn)


@pytest.mark.parametrize("tones", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["ink", "muted", "accent", "good", "warn", "bad"])
def test_text_in_any_tone_can_be_read(tones: Tones, name: str) -> None:
    """By WCAG 2: 4.5 against what it stands on."""
    assert contrast(getattr(tones, name), tones.paper) >= 4.5
    assert name == "accent" or contrast(getattr(tones, name), tones.ground) >= 4.5


def contrast(one: str, other: str) -> float:
    low, high = sorted(luminance(tone) for tone in (one, other))
    return (high + 0.05) / (low + 0.05)


def luminance(tone: str) -> float:
    parts = [int(tone[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_map_has_the_states_of_the_contract() -> None:
    (column,) = [c for c in tables()["customers"].columns if c.name == "customer_state"]
    assert set(states()) == set(column.domain)
