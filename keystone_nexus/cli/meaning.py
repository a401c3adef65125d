"""What tables and columns mean: silver from its contract, gold from the dbt manifest."""

from __future__ import annotations

import json
from typing import Any

from keystone_nexus.contracts.catalog import Column, Table, tables
from keystone_nexus.lake.errors import Refused


def silver_table(layer: str, name: str, column: str | None) -> dict[str, Any]:
    """A table of bronze, silver or quarantine as its contract describes it."""
    spec = tables().get(name)
    if spec is None:
        raise Refused(f"there is no table {name!r}: there are {', '.join(tables())}, and those of gold")
    columns = [c for c in spec.columns if column in (None, c.name, c.source)]
    if not columns:
        raise Refused(f"{name} has no column {column!r}: it has {', '.join(c.name for c in spec.columns)}")
    return {
        "table": f"{layer}.{name}",
        "meaning": spec.description,
        "grain": spec.grain,
        "key": list(spec.key),
        "owner": spec.owner,
        "from": f"bronze.{name} ({spec.source_file})",
        "refers to": [f"{c} -> silver.{parent}" for c, parent in spec.foreign_keys.items()],
        "reject budget": f"{spec.reject_budget:.0%}",
        "columns": [_column(spec, c) for c in columns],
    }


def _column(spec: Table, column: Column) -> dict[str, Any]:
    rules = [f"{n.split(':')[0]}: {text}" for n, text in spec.rules().items() if n.split(":")[1] == column.name]
    return {
        "name": column.name,
        "type": column.kind,
        "meaning": column.description + (" Personal." if column.pii else ""),
        "from": f"bronze.{spec.name}.{column.source}",
        "rules": rules,
    }


def gold_table(name: str, column: str | None) -> dict[str, Any]:
    """A model of gold as its dbt project describes it."""
    from keystone_nexus.orchestration.dbt_project import manifest

    nodes: dict[str, Any] = json.loads(manifest().read_text("utf-8"))["nodes"]
    models = {n["name"]: n for n in nodes.values() if n["resource_type"] == "model" and n["schema"] == "gold"}
    if name not in models:
        raise Refused(
            f"there is no table {name!r}: silver has {', '.join(tables())}; gold has {', '.join(sorted(models))}"
        )
    node = models[name]
    columns = [c for c in node["columns"].values() if column in (None, c["name"])]
    if not columns:
        raise Refused(f"{name} has no column {column!r}: it has {', '.join(node['columns'])}")
    meta: dict[str, Any] = {**node.get("meta", {}), **node["config"].get("meta", {})}
    return {
        "table": f"gold.{name}",
        "meaning": node["description"].strip(),
        "grain": meta.get("grain", ""),
        "owner": meta.get("owner", ""),
        "from": sorted(".".join(d.split(".")[2:]) for d in node["depends_on"]["nodes"]),
        "columns": [
            {
                "name": c["name"],
                "type": c.get("data_type") or "",
                "meaning": c["description"].strip(),
                "rules": [k["type"] for k in c.get("constraints", [])],
            }
            for c in columns
        ],
    }
