"""No link of the committed Markdown leads nowhere, and the pictures are of the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from keystone_nexus.orchestration.dbt_project import manifest
from tests.conftest import ROOT

LINK = re.compile(r"\]\(([^)\s]+)\)")
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "analysis").rglob("*.md")]
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text("utf-8")) if not re.match(r"[a-z]+:|#", link)]
    missing = [link for link in links if not (page.parent / link.partition("#")[0]).exists()]
    assert missing == []


def test_links_are_looked_at() -> None:
    assert sum(len(LINK.findall(page.read_text("utf-8"))) for page in PAGES) > 20


def test_the_pictures_are_of_the_code() -> None:
    manifest()
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "diagrams", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
