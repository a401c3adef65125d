"""What the UI shows of a page beside its path: its text, its first figures, or what is on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from typing import Any

MOST = 20_000
"""Characters of a text."""
FIGURES = 12
_FIGURE = re.compile(r'data-kpi="([a-z_]+)"[^>]*>([^<]+)<')  # totals: a table's figures have a dot in their name
_HEADING = re.compile(r"<h[12][^>]*>([^<]+)<")


def preview(files: Sequence[Path]) -> str:
    """Markdown of the first file, and the names of the others."""
    first = files[0]
    shown = {".md": _text, ".html": _page, ".pptx": _slides}.get(first.suffix, _nothing)(first)
    others = ", ".join(f"`{one.name}`" for one in files[1:])
    return "\n\n".join(part for part in (shown, f"Beside it: {others}" if others else "") if part)


def _text(path: Path) -> str:
    return path.read_text("utf-8")[:MOST]


def _page(path: Path) -> str:
    """The figures at the top of a dashboard; the headings of a page without."""
    html = path.read_text("utf-8")
    figures = dict.fromkeys((kpi.replace("_", " "), _plain(value)) for kpi, value in _FIGURE.findall(html))
    rows = [f"| {kpi} | {value} |" for kpi, value in list(figures)[:FIGURES]]
    if not rows:
        return "\n".join(f"- {_plain(one)}" for one in _HEADING.findall(html))
    return "\n".join(["| figure | value |", "| --- | --- |", *rows])


def _slides(path: Path) -> str:
    from pptx import Presentation

    slides: list[Any] = list(Presentation(str(path)).slides)
    titles = [next((shape.text_frame.text for shape in one.shapes if shape.has_text_frame), "") for one in slides]
    return "\n".join(f"{number}. {_plain(title)}" for number, title in enumerate(titles, 1))


def _nothing(path: Path) -> str:
    return f"`{path.name}`"


def _plain(text: str) -> str:
    """Text from the data on one line that is no Markdown."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(unescape(text).split()))
