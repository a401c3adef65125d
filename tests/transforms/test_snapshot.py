"""A table that is too large to be built at once is built in parts, and is the same."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from keystone_nexus.contracts.catalog import table
from keystone_nexus.lake import ledger
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.lake import Lake
from keystone_nexus.quality.validate import validate, validate_parts
from keystone_nexus.transforms import snapshot
from keystone_nexus.transforms.snapshot import build_snapshot, read_parts


@pytest.mark.parametrize("name", ["geolocation", "customers"])
def test_parts_give_the_same_rows_in_the_same_order(
    name: str, built_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(built_lake)
    bronze = Bronze(lake, ledger.read(lake))
    whole = build_snapshot(table(name), bronze, tmp_path / "whole.parquet")
    monkeypatch.setattr(snapshot, "ROWS_AT_ONCE", 100)
    parts = build_snapshot(table(name), bronze, tmp_path / "parts.parquet")
    assert (parts.silver, parts.superseded) == (whole.silver, whole.superseded)
    assert parts.rejected.sort("_version").equals(whole.rejected.sort("_version"))
    assert pl.read_parquet(tmp_path / "parts.parquet").equals(pl.read_parquet(tmp_path / "whole.parquet"))
    assert not list(tmp_path.rglob("*.parts/*"))


def test_a_snapshot_is_read_back_in_parts_that_share_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = table("sellers")
    rows = pl.DataFrame({c.name: ["a", "b", "b", "b", "c", "d"] for c in spec.columns})
    rows.write_parquet(tmp_path / "sellers.parquet")
    monkeypatch.setattr(snapshot, "ROWS_AT_ONCE", 4)
    parts = list(read_parts(spec, tmp_path / "sellers.parquet"))
    assert len(parts) > 1
    assert pl.concat(parts).equals(rows)
    keys = [set(part[spec.key[0]]) for part in parts]
    assert sum(map(len, keys)) == len(set().union(*keys))
    assert validate_parts("sellers", parts) == validate("sellers", rows)
    assert validate("sellers", rows).duplicates


def test_a_snapshot_without_rows_is_one_part(tmp_path: Path) -> None:
    spec = table("sellers")
    pl.DataFrame(schema={c.name: pl.String for c in spec.columns}).write_parquet(tmp_path / "sellers.parquet")
    (part,) = read_parts(spec, tmp_path / "sellers.parquet")
    assert part.columns == [c.name for c in spec.columns]
