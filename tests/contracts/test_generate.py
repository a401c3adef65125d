"""What is derived from the contracts is written, and what is stale is named."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from keystone_nexus.contracts import generate
from keystone_nexus.contracts.catalog import tables

FILES = ["keystone_nexus/contracts/catalog.json", "keystone_nexus_dbt/models/staging/_sources.yml"]
FILES += ["docs/data_dictionary.md"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, into which the files are generated once."""
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    assert run(monkeypatch) == 0
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["generate", *arguments])
    return generate.main()


def change(monkeypatch: pytest.MonkeyPatch, edit: Any) -> None:
    """Changes the contracts as `edit` changes their plain data."""
    raw = copy.deepcopy(generate.catalog())
    edit({t["name"]: t for t in raw["tables"]})
    monkeypatch.setattr(generate, "catalog", lambda: raw)


def stale(captured: pytest.CaptureFixture[str]) -> list[str]:
    return [line.partition(" is stale: run `make generate`")[0] for line in captured.readouterr().err.splitlines()]


def test_the_generated_files_of_this_project_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "--check") == 0


def test_three_files_are_written_and_then_nothing_is_stale(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()) == sorted(FILES)
    capsys.readouterr()
    assert run(monkeypatch, "--check") == 0
    assert run(monkeypatch) == 0
    assert capsys.readouterr() == ("", ""), "fresh files are not written again"


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_was_changed_or_lost_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = root / name
    fresh = path.read_bytes()
    for damage in (lambda: path.write_bytes(fresh + b"\n"), path.unlink):
        damage()
        capsys.readouterr()
        assert run(monkeypatch, "--check") == 1
        assert stale(capsys) == [name]
        assert not path.exists() or path.read_bytes() != fresh, "a check writes nothing"
        assert run(monkeypatch) == 0
        assert path.read_bytes() == fresh


def test_a_changed_rule_makes_catalog_and_dictionary_stale(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change(monkeypatch, lambda t: t["order_items"]["columns"][5].update(minimum=1))
    capsys.readouterr()
    assert run(monkeypatch, "--check") == 1
    assert stale(capsys) == [FILES[0], FILES[2]], "dbt's sources do not hold the rules"


def test_a_changed_description_makes_all_three_stale(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change(monkeypatch, lambda t: t["orders"]["columns"][0].update(description="Another."))
    capsys.readouterr()
    assert run(monkeypatch, "--check") == 1
    assert stale(capsys) == FILES


def test_a_new_column_reaches_dbt_and_the_dictionary(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = {"name": "parcels", "source": "parcels", "kind": "integer", "description": "How many.", "required": True}
    change(monkeypatch, lambda t: t["orders"]["columns"].append(new | {"trim": True, "pii": False}))
    assert run(monkeypatch) == 0
    assert "- name: parcels\n            data_type: bigint" in (root / FILES[1]).read_text()
    assert "| `parcels` | bigint | How many. |" in (root / FILES[2]).read_text()


def test_the_dictionary_says_every_rule_and_what_is_personal(root: Path) -> None:
    text = (root / FILES[2]).read_text()
    for name, spec in tables().items():
        section = text.partition(f"## {name}\n")[2].partition("\n## ")[0]
        for one in spec.columns:
            (row,) = [line for line in section.splitlines() if line.startswith(f"| `{one.name}` |")]
            assert ("Personal." in row) is one.pii
            for rule, said in spec.rules().items():
                what, _, column = rule.partition(":")
                assert (f"`{what}` {said}" in row) or column != one.name
        for earlier, later in spec.orders:
            assert f"`order:{earlier},{later}`" in section
