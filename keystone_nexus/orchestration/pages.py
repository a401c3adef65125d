"""What people open, as assets: each is built from the published gold and put in place whole."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from keystone_nexus.analytics.failures import PageFailed
from keystone_nexus.analytics.fit import fit
from keystone_nexus.analytics.gold import Gold, gold_of, has_gold
from keystone_nexus.analytics.provenance import Provenance, provenance_of
from keystone_nexus.lake.errors import EnvironmentFault
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.pages import key_of, pages
from keystone_nexus.lake.publish import write_over
from keystone_nexus.orchestration.dbt_project import manifest
from keystone_nexus.orchestration.gold_step import closed_gates
from keystone_nexus.orchestration.preview import preview
from keystone_nexus.orchestration.progress import report
from keystone_nexus.orchestration.results import Events
from keystone_nexus.orchestration.retries import retried
from keystone_nexus.orchestration.settings import Settings

PAGES = ("kpi_dashboard", "quality_dashboard", "charts", "key_insights", "exploratory_analysis", "executive_deck")
"""The assets below `analytics/`, by name."""
NOTES = "analytics/.built/"
WITHOUT_GOLD = "quality_dashboard"
"""The page that says why there is no gold."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a page is built from. `gold` raises Refused where none was published."""

    lake: Lake
    provenance: Provenance
    instance: dg.DagsterInstance

    @property
    def gold(self) -> Gold:
        return gold_of(self.lake)


Build = Callable[[Source, Path], list[Path]]
"""Writes a page's files into a folder and names them, the one that people open first."""


def read_relations(exposure: str) -> list[dg.AssetKey]:
    """The assets of gold that an exposure of the dbt project says it reads."""
    said: dict[str, Any] = json.loads(manifest().read_text("utf-8"))
    (found,) = [one for one in said["exposures"].values() if one["name"] == exposure]
    return [dg.AssetKey([_layer(one), one.rpartition(".")[2]]) for one in found["depends_on"]["nodes"]]


def _layer(node: str) -> str:
    """dbt's models are gold; a source is named by its layer (`source.<project>.silver.orders`)."""
    return node.split(".")[2] if node.startswith("source.") else "gold"


def page_step(context: dg.AssetExecutionContext, name: str, build: Build) -> Events:
    """Builds a page. What breaks in the making of it is this page's fault, by name, and no other's."""
    try:
        yield from _page_step(context, name, build)
    except PageFailed as error:
        # Not tried again at once, as a lock or a disk is: what crashed would crash again.
        raise EnvironmentFault(
            f"the page analytics/{name} could not be made: {error}. The other pages are not touched by it; "
            "run again to try it once more"
        ) from error


@retried
def _page_step(context: dg.AssetExecutionContext, name: str, build: Build) -> Events:
    """Builds a page and puts its files into `<lake>/analytics`; what stood there stays until then."""
    started = time.perf_counter()
    lake = Settings().open_lake()
    said = _provenance(lake, context.instance)
    source = Source(lake, said, context.instance)
    report(f"analytics/{name}")
    with pages(lake) as folder:
        files = build(source, folder)
        where = lake.store.name(key_of(files[0], folder))
        metadata: dict[str, Any] = {
            "path": dg.MetadataValue.path(where),
            "open": dg.MetadataValue.url(where if lake.on_s3 else files[0].resolve().as_uri()),
            "files": len(files),
            "bytes": sum(one.stat().st_size for one in files),
            "gold_version": said.gold_version,
            "preview": dg.MetadataValue.md(preview(files)),
        }
    metadata["seconds"] = round(time.perf_counter() - started, 2)
    yield dg.MaterializeResult(asset_key=["analytics", name], metadata=metadata)
    mark(lake, name, said)


def put(folder: Path, name: str, content: str | bytes) -> Path:
    """A file in its place, whole or not at all."""
    path = folder / name
    write_over(path, fit(content).encode() if isinstance(content, str) else content)
    return path


def mark(lake: Lake, name: str, said: Provenance) -> None:
    """Notes of which gold and which gates a page is."""
    lake.store.put(f"{NOTES}{name}", _stamp(said, name).encode())


def stale_pages(lake: Lake, instance: dg.DagsterInstance, names: Iterable[str]) -> list[str]:
    """The pages that do not show the gold that is published now, or the gates as they stand."""
    said = _provenance(lake, instance)
    wanted = [name for name in names if has_gold(lake) or name == WITHOUT_GOLD]
    return [name for name in wanted if _note(lake, name) != _stamp(said, name)]


def _note(lake: Lake, name: str) -> str | None:
    try:
        return lake.store.read(f"{NOTES}{name}").decode()
    except FileNotFoundError:
        return None


def _provenance(lake: Lake, instance: dg.DagsterInstance) -> Provenance:
    return provenance_of(
        lake, gold_of(lake) if has_gold(lake) else None, [v.sentence() for v in closed_gates(instance, lake)]
    )


def _stamp(said: Provenance, name: str) -> str:
    """What makes a page another one. How many rows broke a rule is the quality dashboard's."""
    gates = [*said.closed, *said.accepted]
    if name != WITHOUT_GOLD:
        gates = sorted({one.partition(" failed:")[0] for one in gates})
    return json.dumps([said.gold_version, said.behind, gates])
