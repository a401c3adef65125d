"""The colours of everything that people open: charts, pages and the notebook, on a light and on a dark ground.

Colour never says anything alone: what it tells apart is also written, placed or shaped differently. The hues are Okabe
and Ito's, which colour-blind readers can tell apart; text in any of them has a contrast of 4.5 on `paper`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Tones:
    """`paper` is what figures stand on, `ground` what lies around it; `low` and `high` are the ends of a ramp."""

    ground: str
    paper: str
    ink: str
    muted: str
    line: str
    accent: str
    second: str
    good: str
    warn: str
    bad: str
    low: str
    middle: str
    high: str

    @property
    def variables(self) -> str:
        """As custom properties of CSS."""
        return " ".join(f"--{one.name}: {getattr(self, one.name)};" for one in fields(self))


LIGHT = Tones(
    ground="#f4f6f8", paper="#ffffff", ink="#1d2430", muted="#566070", line="#dde2e8", accent="#0072b2", second="#d55e00",
    good="#00644a", warn="#8a5200", bad="#a82a00", low="#e3f0f8", middle="#5aa5d0", high="#00446c",
)  # fmt: skip
DARK = Tones(
    ground="#0f1216", paper="#181c22", ink="#e8eaed", muted="#a9b1bd", line="#323945", accent="#56b4e9", second="#e69f00",
    good="#3ecf9f", warn="#e8b455", bad="#ff9a7c", low="#1d3142", middle="#2f7fb0", high="#a9dcff",
)  # fmt: skip
