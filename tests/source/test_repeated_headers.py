"""A header in the middle of a file, where files were joined by hand, is a broken record and no row."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake.lake import Lake
from keystone_nexus.source.land import land
from tests.helpers import header_of, nine_headers, read_records
from tests.small_drops import build_everything

HEADER = "a,b,c\n"
QUOTED = '"a","b","c"\r\n'


@pytest.mark.parametrize("block", [7, 64, 1 << 20])
@pytest.mark.parametrize("again", [HEADER, QUOTED, "\ufeff" + HEADER, "\ufeff" + QUOTED, HEADER.replace("\n", "\r\n")])
@pytest.mark.parametrize("others", ["", "ragged\n", 'x,"y"z,1\n', "\n\n", "\xff,1,2\n"])
def test_it_keeps_its_number_and_its_text(block: int, again: str, others: str) -> None:
    rows = [f"{n},y,z\n" for n in range(5)]
    text = HEADER + "".join(rows[:3]) + again + others + "".join(rows[3:]) + again.rstrip("\r\n")
    header, found = read_records(text.encode().replace("\xff".encode(), b"\xff"), block)
    assert header == ["a", "b", "c"]
    headers = [n for n, (_, _, broken) in enumerate(found) if broken == "header"]
    assert headers == [3, len(found) - 1]
    assert found[3] == (None, again.rstrip("\r\n"), "header")
    assert [values[0] for values, _, _ in found if values] == ["0", "1", "2", "3", "4"]


def test_a_row_of_some_of_the_names_is_a_row(tmp_path: Path) -> None:
    _, found = read_records(b"a,b,c\na,b,x\nA,B,C\nb,a,c\n")
    assert [broken for _, _, broken in found] == [None, None, None]


@pytest.mark.parametrize("name", list(tables()))
def test_it_is_quarantined_in_every_table(tmp_path: Path, name: str) -> None:
    """Of the translation a header's names are legal values too."""
    folder = nine_headers(tmp_path / "drop")
    (folder / f"{name}.csv").write_text(header_of(name) * 2)
    lake = Lake(tmp_path / "lake")
    lake.create()
    landed = land(lake, str(folder))
    assert landed.entry is not None
    assert {f.table: f.broken for f in landed.entry.files if f.broken} == {name: {"header": 1}}
    build_everything(lake)
    (path,) = (lake.root / "quarantine" / name).rglob("part-0.parquet")
    (row,) = pl.read_parquet(path, glob=False).to_dicts()
    assert row["_rules"] == ["record:header"]
    assert row["_raw"] == header_of(name).strip()
    assert not any(pl.read_parquet(p, glob=False).height for p in (lake.root / "silver" / name).rglob("*.parquet"))
