"""A page says which commit made it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from keystone_nexus.analytics import code
from keystone_nexus.analytics.code import code_version


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(code, "CHECKOUT", tmp_path)
    monkeypatch.delenv("KEYSTONE_COMMIT", raising=False)
    code_version.cache_clear()
    yield tmp_path
    code_version.cache_clear()


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    return subprocess.run(
        ["git", "-C", folder, *identity, *arguments], capture_output=True, text=True, check=True
    ).stdout


def test_a_checkout_is_named_by_its_commit_and_by_what_was_changed(checkout: Path) -> None:
    git(checkout, "init", "-q")
    for name in ("keystone_nexus", "analysis"):
        (checkout / name).mkdir()
        (checkout / name / "key_insights.md").write_text("a")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "x")
    commit = git(checkout, "rev-parse", "--short=12", "HEAD").strip()
    (checkout / "analysis" / "key_insights.md").write_text("what a page was copied to")
    assert code_version() == commit
    (checkout / "keystone_nexus" / "key_insights.md").write_text("b")
    code_version.cache_clear()
    assert code_version() == f"{commit}+changes"


def test_without_a_checkout_it_is_the_image_s_commit_or_the_version(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert code_version() == version("keystone-nexus")
    code_version.cache_clear()
    monkeypatch.setenv("KEYSTONE_COMMIT", "0123456789abcdef")
    assert code_version() == "0123456789ab"
