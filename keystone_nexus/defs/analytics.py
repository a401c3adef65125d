"""Analytics: what people open, built from gold. Declared here; what a page is says its builder."""

from pathlib import Path

import dagster as dg

from keystone_nexus.orchestration.pages import PAGES, Build, Source, page_step, put, read_relations
from keystone_nexus.orchestration.results import Events


def _deck(source: Source, folder: Path) -> list[Path]:
    from keystone_nexus.analytics.deck.build import build_deck

    return [put(folder, "keystone_nexus_executive_summary.pptx", build_deck(source.gold, source.provenance))]


BUILDERS: dict[str, tuple[Build, str, str]] = {
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
