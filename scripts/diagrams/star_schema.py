"""The star schema of gold as a graph: tables with keys, columns and types, joined as the relationship tests say."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

LEFT = ("dim_product", "dim_seller")
FACTS = ("fact_sales", "fact_orders", "fact_reviews")
RIGHT = ("dim_customer", "dim_date")
FACT_COLOUR, DIMENSION_COLOUR = "#0b6e99", "#5b4a8a"
EDGES = {"dim_product": "#8a5a00", "dim_seller": "#2e7d4f", "dim_customer": "#5b4a8a", "dim_date": "#5f6b76"}


def graph(manifest: Path) -> str:
    """DOT, dimensions on both sides of the facts. A join is an edge from key to key."""
    said: dict[str, Any] = json.loads(manifest.read_text("utf-8"))
    models = {n["name"]: n for n in said["nodes"].values() if n["resource_type"] == "model"}
    joins = sorted(_joins(said))
    keys = {(dimension, column) for _, _, dimension, column in joins}
    foreign = {(fact, column) for fact, column, _, _ in joins}
    lines = [
        "digraph star_schema {",
        '  graph [rankdir=LR, ranksep=2.2, nodesep=0.45, pad=0.3, bgcolor=white, fontname="Helvetica"]',
        '  node [shape=plain, fontname="Helvetica", fontsize=11]',
        "  edge [arrowsize=0.7, penwidth=1.3]",
        *(_table(models[name], keys, foreign) for name in (*LEFT, *FACTS, *RIGHT)),
    ]
    for names in (LEFT, FACTS, RIGHT):
        lines.append(f"  {{ rank=same; {'; '.join(names)} }}")
    lines += [_edge(*join) for join in joins]
    return "\n".join([*lines, "}", ""])


def _joins(said: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    """(fact, column, dimension, its key) of every relationship test."""
    found: set[tuple[str, str, str, str]] = set()
    for node in said["nodes"].values():
        test = node.get("test_metadata") or {}
        if test.get("name") == "relationships":
            fact = node["attached_node"].rpartition(".")[2]
            dimension = test["kwargs"]["to"].split("'")[1]
            if fact in FACTS:
                found.add((fact, node["column_name"], dimension, test["kwargs"]["field"]))
    return found


def _table(model: dict[str, Any], keys: set[tuple[str, str]], foreign: set[tuple[str, str]]) -> str:
    name = model["name"]
    colour = FACT_COLOUR if name in FACTS else DIMENSION_COLOUR
    rows = [
        f'<TR><TD COLSPAN="3" BGCOLOR="{colour}"><FONT COLOR="white" POINT-SIZE="13"><B>{name}</B></FONT></TD></TR>',
        f'<TR><TD COLSPAN="3" ALIGN="LEFT"><FONT COLOR="#5f6b76"><I>{escape(model["config"]["meta"]["grain"])}</I></FONT></TD></TR>',
    ]
    for column in model["columns"].values():
        mark = "key" if (name, column["name"]) in keys else "join" if (name, column["name"]) in foreign else " "
        text = f"<B>{column['name']}</B>" if mark != " " else column["name"]
        rows.append(
            f'<TR><TD PORT="{column["name"]}_w" ALIGN="LEFT"><FONT COLOR="#5f6b76">{mark}</FONT></TD>'
            f'<TD ALIGN="LEFT">{text}</TD>'
            f'<TD PORT="{column["name"]}_e" ALIGN="LEFT"><FONT COLOR="#5f6b76">{column["data_type"]}</FONT></TD></TR>'
        )
    return (
        f'  {name} [label=<<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" COLOR="{colour}">'
        f"{''.join(rows)}</TABLE>>]"
    )


def _edge(fact: str, column: str, dimension: str, key: str) -> str:
    if dimension in LEFT:
        return f'  {dimension}:{key}_e -> {fact}:{column}_w [dir=back, color="{EDGES[dimension]}"]'
    return f'  {fact}:{column}_e -> {dimension}:{key}_w [color="{EDGES[dimension]}"]'
