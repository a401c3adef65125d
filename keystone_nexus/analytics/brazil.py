"""The outlines of Brazil's federative units, for maps. Their author is credited wherever they are shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

CREDIT = "Map: @svg-maps/brazil by Victor Cazanave, CC BY 4.0, simplified"
FILE = Path(__file__).with_name("brazil_states.json")
WIDTH, HEIGHT = 613, 639
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class State:
    """In the map's own units, y downwards. `label` is the point farthest from the border: where a name fits best."""

    code: str
    name: str
    label: Point
    rings: tuple[tuple[Point, ...], ...]

    @property
    def path(self) -> str:
        """As the `d` of an SVG path."""
        return "".join("M" + " ".join(f"{x:g},{y:g}" for x, y in ring) + "Z" for ring in self.rings)

    @property
    def geometry(self) -> dict[str, Any]:
        """As GeoJSON."""
        return {"type": "MultiPolygon", "coordinates": [[[list(p) for p in (*r, r[0])]] for r in self.rings]}


@cache
def states() -> dict[str, State]:
    """By code, in order of it."""
    found = json.loads(FILE.read_text("utf-8"))["states"]
    return {
        code: State(code, one["name"], _point(one["label"]), tuple(tuple(map(_point, ring)) for ring in one["rings"]))
        for code, one in found.items()
    }


def _point(pair: list[float]) -> Point:
    return pair[0], pair[1]
