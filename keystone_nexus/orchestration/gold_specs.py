"""dbt's models and tests as Dagster assets and checks, by dagster-dbt's own translator."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings

from keystone_nexus.orchestration.automation import GOLD_CONDITION
from keystone_nexus.orchestration.dbt_project import manifest
from keystone_nexus.orchestration.gold_lineage import column_lineage

FRESH_FOR = timedelta(hours=36)


class Translator(DagsterDbtTranslator):
    """dbt's names in Dagster: `gold/<model>`, `silver/<table>`; owners from `meta.owner`."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return dg.AssetKey(["gold", dbt_resource_props["name"]])

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        node: dict[str, Any] | None = manifest["nodes"].get(unique_id)
        if node is None or node["resource_type"] != "model":
            return spec
        meta: dict[str, Any] = {**node.get("meta", {}), **node["config"].get("meta", {})}
        # What the build itself prepares (`build.*`) is no asset of the lake.
        deps = [dep for dep in spec.deps if dep.asset_key.path[0] != "build"]
        lineage = column_lineage(node["name"])
        return spec.replace_attributes(
            deps=deps,
            metadata={**spec.metadata, **({"dagster/column_lineage": lineage} if lineage else {})},
            group_name="gold",
            owners=[meta.get("owner", "team:analytics")],
            kinds={"dbt", "duckdb"},
            tags={**spec.tags, "layer": "gold"},
            freshness_policy=dg.FreshnessPolicy.time_window(fail_window=FRESH_FOR),
            automation_condition=GOLD_CONDITION,
        )


TRANSLATOR = Translator(DagsterDbtTranslatorSettings(enable_asset_checks=True, enable_code_references=False))


def gold_specs() -> tuple[list[dg.AssetSpec], list[dg.AssetCheckSpec]]:
    """The assets of all models and the checks of all their tests.

    As `@dbt_assets` makes them, but of the whole project: dbt's own selection, which takes a third of a second to
    import, is not needed for everything.
    """
    said: dict[str, Any] = json.loads(manifest().read_text("utf-8"))
    specs: list[dg.AssetSpec] = []
    checks: dict[str, dg.AssetCheckSpec] = {}
    for unique_id, node in said["nodes"].items():
        if node["resource_type"] == "model" and node["config"]["materialized"] != "ephemeral":
            spec = TRANSLATOR.get_asset_spec(said, unique_id, None)
            specs.append(spec)
            checks |= {check.get_python_identifier(): check for check in _checks(said, unique_id, spec)}
    return specs, list(checks.values())


def _checks(said: Mapping[str, Any], unique_id: str, spec: dg.AssetSpec) -> Iterator[dg.AssetCheckSpec]:
    for child in said["child_map"][unique_id]:
        check = TRANSLATOR.get_asset_check_spec(spec, said, child, None) if child.startswith("test.") else None
        if check:
            yield check
