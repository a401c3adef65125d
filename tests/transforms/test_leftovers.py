"""A landing that was killed leaves objects without an entry: the next one is not harmed by them."""

from __future__ import annotations

from pathlib import Path

import pytest

from keystone_nexus.lake.errors import EnvironmentFault
from keystone_nexus.lake.ledger import read
from keystone_nexus.source import land as landing
from keystone_nexus.transforms.verify import verify
from tests.small_drops import EMPTY, build_pending, land_drop, new_lake


@pytest.mark.parametrize("written_by", ["this version", "another version"])
def test_objects_of_a_killed_landing_become_those_of_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written_by: str
) -> None:
    def killed(*_: object) -> None:
        raise EnvironmentFault("killed")

    lake = new_lake(tmp_path / "lake")
    with monkeypatch.context() as patch:
        patch.setattr(landing, "append", killed)
        with pytest.raises(EnvironmentFault, match="killed"):
            land_drop(lake, EMPTY, tmp_path / "first")
    left = list(lake.layer("bronze").rglob("*.parquet"))
    assert len(left) == len(EMPTY)
    assert read(lake).position == 0
    if written_by == "another version":
        for path in left:
            path.write_bytes(path.read_bytes() + b"PAR1")
    land_drop(lake, EMPTY, tmp_path / "second")
    build_pending(lake)
    assert verify(lake) == []
    assert set(lake.layer("bronze").rglob("*.parquet")) == set(left)
