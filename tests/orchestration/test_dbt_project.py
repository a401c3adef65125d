"""dbt writes beside its project, and where that is read-only somewhere that is not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from keystone_nexus.orchestration import dbt_project
from keystone_nexus.orchestration.dbt_project import manifest, target


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in an image: the project can be read."""
    target.cache_clear()
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    yield
    target.cache_clear()


def test_it_writes_beside_the_project() -> None:
    assert Path(target()) == dbt_project.TARGET


@pytest.mark.usefixtures("read_only")
def test_a_project_that_is_read_only_is_used_as_it_was_parsed() -> None:
    folder = target()
    assert folder == target() != str(dbt_project.TARGET)
    assert Path(folder).stat().st_mode & 0o777 == 0o700
    assert manifest() == dbt_project.TARGET / "manifest.json"


@pytest.mark.usefixtures("read_only")
def test_one_that_was_not_parsed_is_parsed_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dbt_project, "TARGET", tmp_path / "none")
    assert manifest() == Path(target()) / "manifest.json"
    assert manifest().with_name("partial_parse.msgpack").exists()
