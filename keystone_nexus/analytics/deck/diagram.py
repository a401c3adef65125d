"""The platform as a drawing of native shapes: what flows from where to where."""

from __future__ import annotations

from typing import Any

from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.slide import Slide
from pptx.util import Inches, Pt

from keystone_nexus.analytics.deck.layout import ACCENT, MUTED, PAPER, WARM, shape, write

WIDTH, HEIGHT = 2.05, 1.0
BOXES: dict[str, tuple[float, float, str, str]] = {
    "files": (0.6, 2.0, "Nine CSV files", "directory, zip or S3"),
    "orders": (0.6, 4.0, "Order events", "gRPC, C++, Kafka"),
    "bronze": (3.3, 3.0, "Bronze", "as it came, for ever"),
    "silver": (6.0, 3.0, "Silver", "clean, by day"),
    "quarantine": (6.0, 4.9, "Quarantine", "rejected, with reasons"),
    "gold": (8.7, 3.0, "Gold", "star schema, KPI marts"),
    "people": (11.1, 3.0, "People", "dashboards, notebook, deck"),
}
ARROWS = (
    ("files", "bronze"), ("orders", "bronze"), ("bronze", "silver"), ("silver", "gold"), ("silver", "quarantine"),
    ("gold", "people"),
)  # fmt: skip


def draw(slide: Slide) -> None:
    for start, end in ARROWS:
        _arrow(slide, start, end)
    for name, (left, top, title, said) in BOXES.items():
        width = 1.7 if name == "people" else WIDTH
        box = shape(slide, MSO_SHAPE.ROUNDED_RECTANGLE, (left, top, width, HEIGHT))
        box.fill.solid()
        box.fill.fore_color.rgb = PAPER
        box.line.color.rgb = WARM if name == "quarantine" else ACCENT
        box.line.width = Pt(1.5)
        write(box, [title, said], size=13)


def _arrow(slide: Slide, start: str, end: str) -> None:
    (x1, y1, *_), (x2, y2, *_) = BOXES[start], BOXES[end]
    if x1 == x2:
        points = (x1 + WIDTH / 2, y1 + HEIGHT, x2 + WIDTH / 2, y2)
    else:
        points = (x1 + WIDTH, y1 + HEIGHT / 2, x2, y2 + HEIGHT / 2)
    arrow = slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *(Inches(n) for n in points))
    arrow.line.color.rgb, arrow.line.width = MUTED, Pt(1.5)
    line: Any = arrow.line
    line._get_or_add_ln().append(parse_xml(f'<a:tailEnd {nsdecls("a")} type="triangle"/>'))
