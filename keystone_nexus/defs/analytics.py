"""Analytics: what people open, built from gold. Declared here; what a page is says its builder."""

from pathlib import Path

import dagster as dg

from keystone_nexus.orchestration.automation import PAGE_CONDITION, GoldIsDue
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


def _quality(source: Source, folder: Path) -> list[Path]:
    from keystone_nexus.analytics.quality_dashboard.checks import CheckResult
    from keystone_nexus.analytics.quality_dashboard.page import build_quality_dashboard
    from keystone_nexus.defs.bronze import bronze
    from keystone_nexus.defs.gold import gold
    from keystone_nexus.defs.silver import ASSETS as SILVER
    from keystone_nexus.defs.stream import order_events
    from keystone_nexus.orchestration.verdicts import newest_verdicts

    keys = [key for asset in (bronze, order_events, *SILVER, gold) for key in asset.check_keys]
    checks = [CheckResult(**one) for one in newest_verdicts(source.instance, keys, source.lake)]
    page = build_quality_dashboard(source.lake, source.provenance, checks)
    return [put(folder, "quality_dashboard.html", page)]


def _insights(source: Source, folder: Path) -> list[Path]:
    from keystone_nexus.analytics.insights import build_key_insights

    return [put(folder, "key_insights.md", build_key_insights(source.gold, source.provenance))]


def _notebook(source: Source, folder: Path) -> list[Path]:
    from keystone_nexus.analytics.notebook import execute

    notebook, page = execute(source.gold.url, source.provenance, folder)
    return [page, notebook]


BUILDERS: dict[str, tuple[Build, str, str]] = {
    "kpi_dashboard": (
        _dashboard,
        "html",
        "One page that works offline: totals, trends, map, logistics, customers, with filters.",
    ),
    "charts": (_charts, "altair", "Exhibits as SVG and PNG, each with its source and its date."),
    "quality_dashboard": (
        _quality,
        "html",
        "Checks, rejected rows and their reasons, freshness, drift and reconciliation, by table and day.",
    ),
    "key_insights": (_insights, "markdown", "What gold says, each claim with its figure, its query and its caveat."),
    "exploratory_analysis": (_notebook, "jupyter", "The notebook, executed on the published gold, and its page."),
    "executive_deck": (_deck, "powerpoint", "Ten slides for ten minutes, with native charts and speaker notes."),
}
"""Asset -> how it is built, its kind, what it is. Each is an exposure of the dbt project, which says what it reads."""


GOLD_WILL_COME = GoldIsDue() & ~dg.AutomationCondition.any_deps_match(dg.AutomationCondition.execution_failed())
"""New silver makes a page old, and so does the gold that follows from it: one change, for which a page is built once.

Where that gold could not be built, the page is built all the same, and says that it is older than silver.
"""


def _asset(name: str, build: Build, kind: str, text: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=["analytics", name],
        group_name="analytics",
        deps=read_relations(name),
        owners=["team:analytics"],
        kinds={kind},
        tags={"layer": "analytics"},
        description=text,
        automation_condition=PAGE_CONDITION & ~GOLD_WILL_COME,
    )
    def page(context: dg.AssetExecutionContext) -> Events:
        yield from page_step(context, name, build)

    return page


ASSETS = [_asset(name, *BUILDERS[name]) for name in PAGES]
analytics_job = dg.define_asset_job(
    "analytics", dg.AssetSelection.groups("analytics"), description="Notebook, charts, dashboards, insights and deck."
)
