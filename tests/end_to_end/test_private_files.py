"""What a lake holds is its owner's alone, whatever mask the shell has; the masking key always is."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.masking import masking_key
from tests.conftest import KEYSTONE, ROOT


def modes(folder: Path) -> dict[str, int]:
    """Path -> the rights of group and others, of everything below a folder and of itself."""
    found = {
        str(p): stat.S_IMODE(p.lstat().st_mode) & 0o077 for p in [folder, *folder.rglob("*")] if not p.is_symlink()
    }
    return {path: mode for path, mode in found.items() if mode}


def run(lake: Path, *arguments: str, mask: str, **env: str) -> None:
    command = " ".join(f"'{word}'" for word in [*KEYSTONE, "--lake", str(lake), *arguments])
    done = subprocess.run(
        ["bash", "-c", f"umask {mask}; exec {command}"],
        check=False,
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_lake_its_pages_and_an_export_are_its_owners_alone(synthetic: Path, tmp_path: Path) -> None:
    lake, out = tmp_path / "lake", tmp_path / "customers.csv"
    run(
        lake,
        "run",
        "--source",
        str(synthetic),
        "--select",
        "+group:gold or key:analytics/quality_dashboard",
        mask="000",
    )
    run(lake, "export", "silver.customers", "--out", str(out), "--with-personal-data", mask="000")
    run(lake, "export", "silver.customers", "--out", str(tmp_path / "masked.csv"), mask="000")
    assert (lake / "analytics" / "quality_dashboard.html").exists()
    assert (lake / ".masking_key").exists()
    assert modes(lake) == {}
    assert modes(out) == {}


@pytest.mark.parametrize(("wanted", "allowed"), [("027", 0o050), ("007", 0o070), ("nonsense", 0), ("", 0)])
def test_a_lake_is_shared_on_purpose_only_and_its_key_never(tmp_path: Path, wanted: str, allowed: int) -> None:
    lake = tmp_path / "lake"
    code = f"from keystone_nexus.lake.lake import Lake; from keystone_nexus.lake.masking import masking_key; l = Lake(__import__('pathlib').Path('{lake}')); l.create(); masking_key(l)"
    env = {**os.environ, "KEYSTONE_UMASK": wanted}
    subprocess.run(["bash", "-c", f'umask 000; exec {KEYSTONE[0]} -c "{code}"'], cwd=ROOT, env=env, check=True)
    assert stat.S_IMODE(lake.stat().st_mode) & 0o077 == allowed
    assert stat.S_IMODE((lake / "lake.json").stat().st_mode) & 0o077 == allowed & ~0o111
    assert stat.S_IMODE((lake / ".masking_key").stat().st_mode) == 0o600


def test_the_key_of_two_that_start_at_once_is_one(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.create()
    first = masking_key(lake)
    assert masking_key(lake) == first
    assert stat.S_IMODE((lake.root / ".masking_key").stat().st_mode) == 0o600
