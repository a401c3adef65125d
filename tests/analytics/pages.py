"""Reads pages: the figures that they show, as HTML and as a browser leaves them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Shown:
    kpi: str
    key: str
    value: str
    text: str
    tag: str


class Page(HTMLParser):
    """Every element with `data-kpi`, every element's name, and what is fetched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.figures: list[Shown] = []
        self._open: dict[str, str | None] | None = None
        self._tag, self._text = "", ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.fetched += [str(found[name]) for name in ("src", "href", "xlink:href") if found.get(name)]
        if "data-kpi" in found:
            self._open, self._tag, self._text = found, tag, ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if self._open is not None and tag == self._tag:
            a = self._open
            self.figures.append(
                Shown(a["data-kpi"] or "", a.get("data-key") or "", a.get("data-value") or "", self._text, tag)
            )
            self._open = None

    def tile(self, kpi: str) -> Shown:
        (found,) = [one for one in self.figures if one.kpi == kpi]
        return found

    def table(self, kpi: str) -> dict[str, str]:
        """The exact values of a table's column by the key of its row."""
        return {one.key: one.value for one in self.figures if one.kpi == kpi and one.tag == "td"}


def chromium() -> str:
    found = next((p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


def after_scripts(page: Path, filters: str = "") -> str:
    """The page as Chromium shows it, with filters in its address. Without a network, and without a word on its console."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom"]
    options += ["--enable-logging=stderr"]
    profile = f"--user-data-dir={page.parent / 'profile'}"
    done = subprocess.run(
        [chromium(), *options, profile, f"{page.resolve().as_uri()}#{filters}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert not [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout
