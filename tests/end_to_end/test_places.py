"""A path is data: each character works everywhere, or the folder is refused by name before anything is made."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.place import folder_named
from tests.conftest import keystone

ODD = "a b'c\"d e%&$HOME:ç;|x,=<>()!~ 名@+"


@pytest.mark.parametrize("character", [*"*?[]{}\\#", "%41", "\n", "\x1b", "\x9b", "\udcff"])
def test_what_engines_misread_is_refused_by_name(tmp_path: Path, character: str) -> None:
    with pytest.raises(Refused, match="in its path"):
        folder_named(str(tmp_path / f"a{character}b" / "lake"), "the lake")
    (tmp_path / f"link{character}").mkdir()
    (tmp_path / "plain").symlink_to(tmp_path / f"link{character}")
    with pytest.raises(Refused, match="in its path"):
        folder_named(str(tmp_path / "plain"), "the lake")


@pytest.mark.parametrize("name", ["lk[1]", "a*", "q?", "", "~/lake", "file"])
def test_nothing_is_made_of_a_name_that_is_refused(tmp_path: Path, synthetic: Path, name: str) -> None:
    (tmp_path / "file").write_text("of someone")
    before = sorted(tmp_path.rglob("*"))
    for command in (
        ["status"],
        ["run", "--source", str(synthetic)],
        ["query", "select 1"],
        ["stream", "kafka", "down"],
    ):
        place = name if name in ("", "~/lake") else str(tmp_path / name)
        done = keystone(place, *command)
        assert done.returncode == 2, (command, done.stderr)
        assert "the lake" in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_is_made_inside_a_lake_but_what_runs_publish(tmp_path: Path, built_lake: Path, synthetic: Path) -> None:
    (tmp_path / "link").symlink_to(built_lake / "silver")
    (tmp_path / "sales.csv").symlink_to(built_lake / "gold" / "sales.csv")
    before = sorted(built_lake.rglob("*"))
    for place in (built_lake / "silver", built_lake / "bronze" / "orders" / "mine", tmp_path / "link" / "mine"):
        for done in (
            keystone(place, "run", "--source", str(synthetic)),
            keystone(place, "stream", "kafka", "up"),
            keystone(tmp_path / "other", "generate", "--out", str(place), "--scale", "0.01"),
            keystone(built_lake, "export", "gold.dim_date", "--out", str(place.parent / "x.csv")),
        ):
            assert done.returncode == 2, done.stderr
    for out in (built_lake, built_lake / "analytics" / ".." / "drop"):
        assert keystone(tmp_path / "other", "generate", "--out", str(out), "--scale", "0.01").returncode == 2
    assert keystone(built_lake, "export", "gold.dim_date", "--out", str(tmp_path / "sales.csv")).returncode == 2
    assert sorted(built_lake.rglob("*")) == before
    readers = built_lake / "analytics" / "dates.csv"
    assert keystone(built_lake, "export", "gold.dim_date", "--out", str(readers)).returncode == 0
    readers.unlink()


def test_all_other_characters_work_everywhere(tmp_path: Path, synthetic: Path) -> None:
    lake, source = tmp_path / ODD, tmp_path / f"from {ODD} [1]*?#{{}}"
    shutil.copytree(synthetic, source)
    done = keystone(lake, "run", "--no-pages", "--source", str(source))
    assert done.returncode == 0, done.stderr
    for command in ("status", "check", "verify", "gold list", "gold diff 1", "gold rollback 1"):
        done = keystone(lake, *command.split())
        assert done.returncode == 0, (command, done.stderr)
    sql = "select (select count(*) from gold.fact_sales) > 0 and (select count(*) from bronze.orders) > 0 as there"
    assert '"there": true' in keystone(lake, "query", sql, "--json").stdout
    for ending in ("csv", "parquet", "xlsx"):
        out = tmp_path / f"{ODD}[1]*?#.{ending}"
        done = keystone(lake, "export", "gold.dim_date", "--out", str(out))
        assert done.returncode == 0, done.stderr
        assert out.stat().st_size > 100
        out.unlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([lake.name, source.name])


def test_one_dagster_home_serves_one_lake(built_lake: Path, tmp_path: Path) -> None:
    home, mine = tmp_path / "home", Path(shutil.copytree(built_lake, tmp_path / "mine"))
    first = {"DAGSTER_HOME": str(home)}
    assert keystone(mine, "check", env=first).returncode in (0, 1)
    other = Path(shutil.copytree(built_lake, tmp_path / "other"))
    identity = json.loads((other / "lake.json").read_text())
    (other / "lake.json").write_text(json.dumps({**identity, "id": "another"}))
    for lake, command in ((other, ["check"]), (other, ["run"]), (tmp_path / "new", ["run", "--source", "x"])):
        done = keystone(lake, *command, env=first)
        assert done.returncode == 2, done.stderr
        assert f"serves the lake {mine}" in done.stderr
    assert not (tmp_path / "new").exists()
    of_mine = {"DAGSTER_HOME": str(mine / ".dagster")}
    assert keystone(mine, "check", env=of_mine).returncode in (0, 1)
    assert keystone(other, "check", env=of_mine).returncode == 2
    code = "import sys; from keystone_nexus.orchestration.settings import Settings; Settings().open_lake()"
    assert _python(code, **first, KEYSTONE_LAKE=str(mine)) == ""
    assert "serves the lake" in _python(code, **first, KEYSTONE_LAKE=str(other))


def _python(code: str, **variables: str) -> str:
    import os
    import subprocess
    import sys

    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables}, check=False).stderr


@pytest.mark.parametrize("home", ["~/home", "[home]"])
def test_a_home_that_cannot_be_one_is_refused(built_lake: Path, home: str) -> None:
    done = keystone(built_lake, "check", env={"DAGSTER_HOME": home})
    assert done.returncode == 2
    assert "DAGSTER_HOME" in done.stderr
