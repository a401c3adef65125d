"""Column lineage of gold, read from the compiled models: `python -m keystone_nexus.orchestration.gold_lineage [--check]`.

Parsing thirty queries takes seconds, so it is done when a model changes, not when the definitions load: the answer is
a committed file, and `--check` says whether it is stale.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from keystone_nexus.orchestration.dbt_project import OPTIONS, PROJECT_DIR

FILE = PROJECT_DIR / "column_lineage.json"
Lineage = dict[str, dict[str, list[str]]]
"""Model -> column -> the columns it is made of, as `layer/table.column`."""


def column_lineage(model: str) -> dg.TableColumnLineage | None:
    """The lineage of one model's columns, None for a model that the file does not know."""
    found: dict[str, list[str]] | None = _read().get(model)
    if found is None:
        return None
    return dg.TableColumnLineage({column: [_dep(source) for source in sources] for column, sources in found.items()})


@cache
def _read() -> Lineage:
    return json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}


def _dep(source: str) -> dg.TableColumnDep:
    table, _, column = source.rpartition(".")
    return dg.TableColumnDep(dg.AssetKey(table.split("/")), column)


def derive() -> Lineage:
    """Compiles all models and follows each column to the sources and models that it comes from."""
    manifest = _compiled()
    nodes = [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]
    schema = _schema([*nodes, *manifest["sources"].values()])
    relations = {n["relation_name"].replace('"', ""): n["name"] for n in nodes if n["relation_name"]}
    return {
        n["name"]: dict(_columns(n["compiled_code"], schema, relations))
        for n in sorted(nodes, key=lambda n: n["name"])
        if n["config"]["materialized"] != "ephemeral"
    }


def _compiled() -> dict[str, Any]:
    """The manifest with every model compiled, against an empty database."""
    from dbt.cli.main import dbtRunner

    with tempfile.TemporaryDirectory() as folder:
        os.environ["KEYSTONE_GOLD_BUILD"] = f"{folder}/gold.duckdb"
        answer = dbtRunner().invoke(["--quiet", "compile", "--target-path", folder, *OPTIONS])
        if not answer.success:
            raise RuntimeError(f"the dbt project does not compile: {answer.exception}")
        return json.loads((Path(folder) / "manifest.json").read_text("utf-8"))


def _schema(nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """catalog -> schema -> table -> column -> type, for the columns behind a `select *`."""
    schema: dict[str, Any] = {}
    for node in nodes:
        tables = schema.setdefault(node["database"], {}).setdefault(node["schema"], {})
        tables[node.get("identifier") or node["name"]] = {
            name: column["data_type"] or "unknown" for name, column in node["columns"].items()
        }
    return schema


def _columns(sql: str, schema: dict[str, Any], relations: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    from sqlglot import exp, parse_one
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    query = qualify(parse_one(sql, dialect="duckdb"), schema=schema, dialect="duckdb", validate_qualify_columns=False)
    scope = build_scope(query)
    for column in query.named_selects:  # pyright: ignore[reportAttributeAccessIssue]
        leaves = (n for n in lineage(column, query, schema, dialect="duckdb", scope=scope).walk() if not n.downstream)
        found = {_source(n.source, n.name, relations) for n in leaves if isinstance(n.source, exp.Table)}
        yield column, sorted(source for source in found if source)


def _source(table: Any, column: str, relations: dict[str, str]) -> str | None:
    """`silver/orders.order_id`; None for what only a build brings (`build.*`)."""
    relation = f"{table.catalog}.{table.db}.{table.name}"
    name = column.rpartition(".")[2].strip('"')
    if table.db == "build":
        return None
    return f"gold/{relations[relation]}.{name}" if relation in relations else f"{table.db}/{table.name}.{name}"


def main() -> None:
    """Writes the file, or with `--check` ends with 1 where it is stale."""
    text = json.dumps(derive(), indent=1) + "\n"
    if "--check" not in sys.argv[1:]:
        FILE.write_text(text, "utf-8")
    elif not FILE.exists() or FILE.read_text("utf-8") != text:
        sys.exit(f"{FILE.name} is stale: run `make generate`")


if __name__ == "__main__":
    main()
