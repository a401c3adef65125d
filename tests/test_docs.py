"""No link of the committed Markdown leads nowhere, and the pictures are of the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from keystone_nexus.orchestration.dbt_project import manifest
from tests.conftest import ROOT

LINK = re.compile(r"""\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|\b(?:src|href)="([^"]+)\"""")
"""A link or a picture, in Markdown or in HTML."""
LISTED = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
FILES = {ROOT / name for name in LISTED.split("\0") if name}
"""What readers of the repository have: a file that only this machine has is none of it."""
THERE = FILES | {folder for path in FILES for folder in path.parents}
PAGES = sorted(path for path in FILES if path.suffix == ".md")


def links(page: Path) -> list[str]:
    return [first or second for first, second in LINK.findall(page.read_text("utf-8"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    relative = [link for link in links(page) if not re.match(r"[a-z]+:|#", link)]
    missing = [link for link in relative if (page.parent / link.partition("#")[0]).resolve() not in THERE]
    assert missing == []


def test_links_are_looked_at() -> None:
    assert len(links(ROOT / "README.md")) > 20
    assert ROOT / "cpp_ingest" / "README.md" in PAGES


def test_the_pictures_are_of_the_code() -> None:
    manifest()
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "diagrams", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
