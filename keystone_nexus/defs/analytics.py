"""Analytics: what people open, built from gold. Declared here; what a page is says its builder."""

from pathlib import Path

import dagster as dg

from keystone_nexus.orchestration.pages import PAGES, Build, Source, page_step, put, read_relations
from keystone_nexus.orchestration.results import Events


def _deck(source: Source, folder: Path) -> list[Path]:
    from keystone_nexus.analytics.deck.build import build_deck

    return [put(folder, "keystone_nexus_executive_summary.pptx", build_deck(source.gold, source.provenance))]


def _dashboard(source: Source, folder: Path) -> list[Path]:
    from keystone_nexus.analytics.dashboard.page import build_kpi_dashboard

    return [put(folder, "kpi_dashboard.html", build_kpi_dashboard(source.gold, source.provenance))]


def _charts(source: Source, folder: Path) -> list[Path]:
    from keystone_nexus.analytics.charts.render import write_charts

    return write_charts(source.gold, source.provenance, folder / "charts")


BUILDERS: dict[str, tuple[Build, str, str]] = {
    "kpi_dashboard": (
        _dashboard,
        "html",
        "One page that works offline: totals, trends, map, logistics, customers, with filters.",
    ),
    "charts": (_charts, "altair", "A dozen exhibits as SVG and PNG, each with its source and its date."),
    "executive_deck": (_deck, "powerpoint", "Ten slides for ten minutes, with native charts and speaker notes."),
}
"""Asset -> how it is built, its kind, what it is. Each is an exposure of the dbt project, which says what it reads."""


def _asset(name: str, build: Build, kind: str, text: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=["analytics", name],
        group_name="analytics",
        deps=read_relations(name),
        owners=["team:analytics"],
        kinds={kind},
        tags={"layer": "analytics"},
        description=text,
        automation_condition=dg.AutomationCondition.eager(),
    )
    def page(context: dg.AssetExecutionContext) -> Events:
        yield from page_step(context, name, build)

    return page


ASSETS = [_asset(name, *BUILDERS[name]) for name in PAGES]
analytics_job = dg.define_asset_job(
    "analytics", dg.AssetSelection.groups("analytics"), description="Notebook, charts, dashboards, insights and deck."
)
