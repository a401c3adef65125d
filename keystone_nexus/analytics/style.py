"""The style of pages: one theme and one base for all of them, and a sheet of its own for what only one page has."""

from __future__ import annotations

from pathlib import Path

from keystone_nexus.analytics.tones import DARK, LIGHT

BASE = Path(__file__).with_name("base.css")
THEME = f"""\
:root {{ color-scheme: light dark; {LIGHT.variables} }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ {DARK.variables} }} }}
"""
"""Paper is always light."""


def sheet(own: Path) -> str:
    """All that stands in a page's style element."""
    return THEME + BASE.read_text("utf-8") + own.read_text("utf-8")
