"""Puts the page together: template, style, script, figures and cube in one file."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from markupsafe import Markup

from keystone_nexus.analytics import words
from keystone_nexus.analytics.brazil import CREDIT, HEIGHT, WIDTH, states
from keystone_nexus.analytics.dashboard.cube import cube
from keystone_nexus.analytics.dashboard.figures import TILES, exact, part
from keystone_nexus.analytics.dashboard.panels import PANELS, Panel, Row, highest, spec
from keystone_nexus.analytics.dashboard.totals import totals
from keystone_nexus.analytics.gold import Gold
from keystone_nexus.analytics.provenance import Provenance
from keystone_nexus.analytics.style import sheet
from keystone_nexus.analytics.templates import templates

HERE = Path(__file__).parent
SCRIPTS = ("exact.js", "cube.js", "draw.js", "shapes.js", "page.js")
"""In the order in which they need each other."""
DATASET = "Data: Brazilian E-Commerce Public Dataset by Olist, CC BY-NC-SA 4.0"


def build_kpi_dashboard(gold: Gold, provenance: Provenance) -> str:
    """The KPI dashboard of gold as one HTML file. Figures in the tables are the marts', filters sum the cube."""
    numbers = cube(gold)
    found = {panel.name: panel.rows(gold) for panel in PANELS}
    data = {
        "cube": numbers,
        "tiles": [{"kpi": t.kpi, "kind": t.kind, "better": t.better, "points": t.points} for t in TILES],
        "panels": [spec(panel, found[panel.name]) for panel in PANELS],
        "map": {"width": WIDTH, "height": HEIGHT, "states": _outlines()},
    }
    environment = templates(HERE)
    sums = totals(gold)
    return environment.get_template("page.html.j2").render(
        provenance=provenance,
        credits=[DATASET, CREDIT],
        tiles=[(tile, exact(sums[tile.kpi]), tile.written(sums[tile.kpi])) for tile in TILES],
        panels=[_shown(panel, found[panel.name][""]) for panel in PANELS],
        months=[{"value": one, "text": words.month(date.fromisoformat(f"{one}-01"))} for one in numbers["months"]],
        states=[(code, states()[code].name if code in states() else "") for code in numbers["states"]],
        categories=numbers["categories"],
        style=Markup(sheet(HERE / "page.css")),  # noqa: S704  our own files
        script=Markup("\n".join((HERE / name).read_text("utf-8") for name in SCRIPTS)),  # noqa: S704  our own files
        data=script_json(data),
    )


def script_json(value: Any) -> Markup:
    """JSON that no text in it can end the script element of."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  escaped above


def _outlines() -> dict[str, dict[str, Any]]:
    return {s.code: {"name": s.name, "label": s.label, "path": s.path} for s in states().values()}


def _shown(panel: Panel, rows: list[Row]) -> dict[str, Any]:
    """A panel with its table as words."""
    tops = {c.name: highest(rows, c) for c in panel.columns if c.drawn}
    table = [
        [
            {
                "column": column,
                "exact": exact(row[column.name]),
                "written": column.written(row[column.name]),
                "part": part(row[column.name], tops[column.name]) if column.drawn else "",
            }
            for column in panel.columns
        ]
        for row in rows
    ]
    return {"panel": panel, "rows": table}
