"""Every query that charts, dashboard, insights and deck ask of gold: recorded while they are built."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from keystone_nexus.analytics.charts.render import write_charts
from keystone_nexus.analytics.dashboard.page import build_kpi_dashboard
from keystone_nexus.analytics.deck.build import build_deck
from keystone_nexus.analytics.gold import Gold
from keystone_nexus.analytics.insights import build_key_insights
from keystone_nexus.analytics.provenance import Provenance


@contextmanager
def recorded() -> Iterator[dict[str, pl.DataFrame]]:
    """The queries that are asked inside, each once, in order, and their answers."""
    asked: dict[str, pl.DataFrame] = {}
    frame = Gold.frame

    def noting(gold: Gold, sql: str) -> pl.DataFrame:
        asked[sql] = frame(gold, sql)
        return asked[sql]

    Gold.frame = noting  # type: ignore[method-assign]
    try:
        yield asked
    finally:
        Gold.frame = frame  # type: ignore[method-assign]


def pages(gold: Gold, said: Provenance, folder: Path) -> dict[str, str]:
    """Every page as text, those that are text; the deck is built too."""
    build_deck(gold, said)
    charts = write_charts(gold, said, folder)
    return {
        "kpi_dashboard": build_kpi_dashboard(gold, said),
        "key_insights": build_key_insights(gold, said),
        **{chart.name: chart.read_text() for chart in charts if chart.suffix == ".svg"},
    }


def asked_of(gold: Gold, said: Provenance, folder: Path) -> list[str]:
    with recorded() as asked:
        pages(gold, said, folder)
    return list(asked)
