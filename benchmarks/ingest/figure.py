"""A line of the table: what was measured, on which Kafka, and whether its aim is reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`at_least` or `at_most` is the aim; a figure with neither is told for its own sake."""

    what: str
    kafka: str
    value: float
    detail: str = ""
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""

    @property
    def aim(self) -> str:
        if self.at_least is not None:
            return f">= {self.at_least:g}{self.unit}"
        return "" if self.at_most is None else f"<= {self.at_most:g}{self.unit}"

    @property
    def reached(self) -> str:
        if not self.aim:
            return ""
        enough = self.at_least is None or self.value >= self.at_least
        return "yes" if enough and (self.at_most is None or self.value <= self.at_most) else "NO"


def table(figures: Sequence[Figure]) -> str:
    cells = [("figure", "Kafka", "measured", "aim", "reached", "medians")]
    cells += [(f.what, f.kafka, f"{f.value:.2f}{f.unit}", f.aim, f.reached, f.detail) for f in figures]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    ruler = "| " + " | ".join("-" * (w - 1) + (":" if column == 2 else "-") for column, w in enumerate(widths)) + " |"
    return "\n".join([lines[0], ruler, *lines[1:]])
