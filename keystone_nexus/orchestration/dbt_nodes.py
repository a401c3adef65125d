"""How many statements a build of gold runs, as the parsed dbt project says."""

from __future__ import annotations

import json

from keystone_nexus.orchestration.dbt_project import manifest


def statements() -> int:
    """One for each model that is stored, and one for each test; views and ephemeral models run none of note."""
    nodes = json.loads(manifest().read_text("utf-8"))["nodes"].values()
    return sum(
        node["resource_type"] == "test"
        or (node["resource_type"] == "model" and node["config"]["materialized"] not in ("view", "ephemeral"))
        for node in nodes
    )
