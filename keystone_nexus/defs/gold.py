"""Gold: the dbt models, one build, one publish."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from keystone_nexus.orchestration.automation import GOLD_CONDITION
from keystone_nexus.orchestration.dbt_project import manifest
from keystone_nexus.orchestration.gold_lineage import column_lineage
from keystone_nexus.orchestration.results import Events
from keystone_nexus.orchestration.sessions import LakeResource

FRESH_FOR_HOURS = 36


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
            freshness_policy=dg.FreshnessPolicy.time_window(fail_window=_hours(FRESH_FOR_HOURS)),
            automation_condition=GOLD_CONDITION,
        )


def _hours(hours: int) -> Any:
    from datetime import timedelta

    return timedelta(hours=hours)


TRANSLATOR = Translator(DagsterDbtTranslatorSettings(enable_asset_checks=True, enable_code_references=False))


def build(context: dg.AssetExecutionContext, lake: LakeResource) -> Events:
    """Builds all models in a private file, tests them, and publishes the file when every test has passed."""
    from keystone_nexus.orchestration.gold_step import gold_step

    yield from gold_step(context, lake.session(context.run.run_id).lake)


# Declared by dagster-dbt, any part of gold could be built alone. It is one build and one publish: whoever asks for a
# part gets the whole.
PARTS = dbt_assets(manifest=manifest(), dagster_dbt_translator=TRANSLATOR, exclude="resource_type:unit_test")(build)
gold = dg.multi_asset(
    name="gold",
    specs=list(PARTS.specs),
    check_specs=list(PARTS.check_specs),
    allow_arbitrary_check_specs=True,
    can_subset=False,
)(build)
