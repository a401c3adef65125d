"""Landing: what the ledger and bronze hold afterwards, and that a refused drop leaves nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake import ledger
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.sql import query
from keystone_nexus.source.land import land
from tests.helpers import files_below, header_of, nine_headers
from tests.small_drops import new_lake

SELLER = "s{},01001,sao paulo,SP\n"
ORDER = "o{},c1,delivered,{},,,,2018-01-09 00:00:00\n"


@pytest.fixture
def empty_lake(tmp_path: Path) -> Lake:
    return new_lake(tmp_path / "lake")


@pytest.fixture
def headed_lake(empty_lake: Lake, tmp_path: Path) -> Lake:
    """A lake that has its first drop, of headers."""
    land(empty_lake, str(nine_headers(tmp_path / "headers")))
    return empty_lake


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def sellers(*numbers: int, header: str | None = None, newline: str = "\n") -> bytes:
    text = (header or header_of("sellers")) + "".join(SELLER.format(n) for n in numbers)
    return text.replace("\n", newline).encode()


def test_an_entry_says_what_landed_and_the_objects_hold_it(headed_lake: Lake, drop: Path) -> None:
    (drop / "b.csv").write_bytes(sellers(3))
    (drop / "a.csv").write_bytes(sellers(1, 2))
    (drop / "orders.csv").write_text(header_of("orders") + ORDER.format(1, "2018-01-03 10:00:00"))
    landed = land(headed_lake, str(drop))
    assert landed.known == []
    entry = ledger.read(headed_lake).entries[-1]
    assert entry == landed.entry
    assert (entry.number, entry.source) == (2, "drop")
    assert [(f.table, f.name, f.rows) for f in entry.files] == [
        ("orders", "orders.csv", 1),
        ("sellers", "a.csv", 2),
        ("sellers", "b.csv", 1),
    ]
    for file in entry.files:
        held = headed_lake.root / file.object
        assert file.sha256 == hashlib.sha256((drop / file.name).read_bytes()).hexdigest()
        assert file.object_sha256 == hashlib.sha256(held.read_bytes()).hexdigest()
        assert file.size == (drop / file.name).stat().st_size
        assert pl.read_parquet(held).height == file.rows
    assert (entry.files[0].first_day, entry.files[0].last_day) == ("2018-01-03", "2018-01-03")
    assert not list((headed_lake.root / ".staging").iterdir())


def test_headers_alone_are_an_accepted_drop(headed_lake: Lake) -> None:
    entry = ledger.read(headed_lake).entries[0]
    assert {f.table for f in entry.files} == set(tables())
    assert {f.rows for f in entry.files} == {0}


def test_the_same_bytes_land_once(headed_lake: Lake, drop: Path) -> None:
    (drop / "a.csv").write_bytes(sellers(1))
    (drop / "b.csv").write_bytes(sellers(1))
    first = land(headed_lake, str(drop))
    assert first.known == ["b.csv"]
    assert first.entry is not None
    assert [f.name for f in first.entry.files] == ["a.csv"]
    before = files_below(headed_lake.layer("bronze"))
    second = land(headed_lake, str(drop))
    assert (second.entry, second.known) == (None, ["a.csv", "b.csv"])
    assert files_below(headed_lake.layer("bronze")) == before


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (sellers(1, 2, newline="\r\n"), []),
        (b"\xef\xbb\xbf" + sellers(1, 2), []),
        (sellers(1, 2)[:-1], []),
        (b"seller_state,seller_id,seller_city,seller_zip_code_prefix\nSP,s1,sao paulo,01001\nSP,s2,sao paulo,01001\n", []),
        (b'"seller_id","seller_zip_code_prefix","seller_city","seller_state"\ns1,"01001",sao paulo,SP\n'
         b's2,01001,"sao paulo","SP"\n', []),
        (b"seller_id,seller_zip_code_prefix,seller_city,seller_state,since\ns1,01001,sao paulo,SP,2018\n"
         b"s2,01001,sao paulo,SP,\n", ["since"]),
    ],
)  # fmt: skip
def test_a_file_written_another_way_holds_the_same(
    headed_lake: Lake, drop: Path, content: bytes, columns: list[str]
) -> None:
    (drop / "x.csv").write_bytes(content)
    entry = land(headed_lake, str(drop)).entry
    assert entry is not None
    assert entry.files[0].extra_columns == columns
    sql = "select seller_id, seller_zip_code_prefix, seller_city, seller_state, _source_row from bronze.sellers order by 1"
    assert query(headed_lake, sql).rows == [
        ("s1", "01001", "sao paulo", "SP", 1),
        ("s2", "01001", "sao paulo", "SP", 2),
    ]


@pytest.mark.parametrize("column", ["since", 'a "b", ç', "filename", "year", "_extra", "select"])
def test_an_unknown_column_is_kept_in_bronze(headed_lake: Lake, drop: Path, column: str) -> None:
    quoted = '"' + column.replace('"', '""') + '"'
    (drop / "a.csv").write_bytes(sellers(1))
    (drop / "b.csv").write_text(header_of("sellers")[:-1] + f",{quoted}\ns2,1,x,SP,kept\n")
    (drop / "c.csv").write_text(header_of("sellers")[:-1] + f",{quoted.encode().upper().decode()}\ns3,1,x,SP,too\n")
    land(headed_lake, str(drop))
    found = query(headed_lake, f"select seller_id, {quoted} from bronze.sellers order by 1").rows
    assert found == [("s1", None), ("s2", "kept"), ("s3", "too")]


def test_broken_records_are_counted_and_kept_as_text(headed_lake: Lake, drop: Path) -> None:
    (drop / "x.csv").write_bytes(
        sellers(1) + b's2\ns3,\xff,x,SP\n"s4"5,1,x,SP\ns6,\0,x,SP\n' + sellers(7)[len(header_of("sellers")) :]
    )
    entry = land(headed_lake, str(drop)).entry
    assert entry is not None
    assert entry.files[0].broken == {"ragged": 1, "encoding": 2, "quote": 1}
    assert query(headed_lake, "select _source_row, seller_id, _raw from bronze.sellers order by 1").rows == [
        (1, "s1", None),
        (2, None, "s2"),
        (3, None, r"s3,\xff,x,SP"),
        (4, None, '"s4"5,1,x,SP'),
        (5, None, r"s6,\x00,x,SP"),
        (6, "s7", None),
    ]


@pytest.mark.parametrize(
    "day", ["2018-02-30", "2018-02-31 10:00:00", "2018-19-39 10:00:00", "9999-12-31 00:00:00", "0001-01-01"]
)
def test_a_day_that_cannot_be_does_not_count_as_one(headed_lake: Lake, drop: Path, day: str) -> None:
    sound = ORDER.format(1, " 2018-02-03 10:00:00") + ORDER.format(2, "2018-01-03 10:00:00")
    (drop / "orders.csv").write_text(header_of("orders") + sound + ORDER.format(3, day))
    entry = land(headed_lake, str(drop)).entry
    assert entry is not None
    assert (entry.files[0].first_day, entry.files[0].last_day) == ("2018-01-03", "2018-02-03")
    assert str(ledger.read(headed_lake).last_day) == "2018-02-03"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", r"x.csv is empty \(0 bytes\)"),
        (b"\n", "x.csv has blank lines alone"),
        (b"colour,size\nred,1\n", "x.csv: neither header nor name"),
        (sellers(1).replace(b"seller_city", b"city"), "x.csv: sellers lacks the column `seller_city`; renamed.* `city`"),
        (sellers(1).replace(b"seller_city", b"Seller_City"), "lacks the column `seller_city`; renamed.* `Seller_City`"),
        (sellers(1).replace(b"seller_city", b" seller_city"), "lacks the column `seller_city`; renamed"),
        (b"seller_id,seller_state\ns1,SP\n", "lacks the columns `seller_zip_code_prefix`, `seller_city`"),
        (sellers(1, header="seller_id,seller_id,seller_zip_code_prefix,seller_city,seller_state\n"), "`seller_id` more than once"),
        (sellers(1).replace(b",", b";"), "x.csv: the columns are not separated by commas"),
        (sellers(1).replace(b",", b"\t"), "x.csv: the columns are not separated by commas"),
        (sellers(1, header="seller_id,seller_zip_code_prefix,seller_city,seller_state,\n"), "column 5 has no name"),
        (sellers(1, header=",seller_id,seller_zip_code_prefix,seller_city,seller_state\n"), "column 1 has no name"),
        (sellers(1, header="seller_id,seller_zip_code_prefix,seller_city,seller_state,SELLER_ID\n"), "`seller_id`, `SELLER_ID`"),
        (sellers(1, header="seller_id,seller_zip_code_prefix,seller_city,seller_state,_raw\n"), "`_raw`"),
        (sellers(1, header="seller_id,seller_zip_code_prefix,seller_city,seller_state,_Source_Row\n"), "`_Source_Row`"),
        (sellers(1).decode().encode("utf-16"), "x.csv is UTF-16"),
        (b"seller_id,seller_zip_code_prefix,seller_city,seller_state,regi\xe3o\n", "x.csv: the header is not UTF-8"),
        (sellers(1) + b's2,"01001,x,SP\n' + sellers(3), r"x.csv: record 2 \(line 3\) opens a quote"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_refuses_the_whole_drop(headed_lake: Lake, drop: Path, content: bytes, why: str) -> None:
    (drop / "orders.csv").write_text(header_of("orders") + ORDER.format(1, "2018-01-03 10:00:00"))
    (drop / "x.csv").write_bytes(content)
    before = files_below(headed_lake.root)
    with pytest.raises(Refused, match=why):
        land(headed_lake, str(drop))
    assert files_below(headed_lake.root) == before
    assert not list((headed_lake.root / ".staging").iterdir())


def test_the_first_drop_names_every_table_that_it_lacks(empty_lake: Lake, tmp_path: Path) -> None:
    folder = nine_headers(tmp_path / "headers")
    (folder / "orders.csv").unlink()
    (folder / "geolocation.csv").unlink()
    before = files_below(empty_lake.root)
    with pytest.raises(Refused, match=r"first drop and lacks .*(orders, .*geolocation|geolocation, .*orders)"):
        land(empty_lake, str(folder))
    assert files_below(empty_lake.root) == before


def shrink(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def grow(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


@pytest.mark.parametrize(
    ("change", "why"), [(shrink, "changed while it was read"), (grow, "changed while it was read"), (Path.unlink, "cannot be read")]
)  # fmt: skip
def test_a_file_that_changes_while_the_drop_is_read_refuses_it(
    empty_lake: Lake, tmp_path: Path, change: Callable[[Path], None], why: str
) -> None:
    folder = nine_headers(tmp_path / "headers")
    smallest = min(folder.iterdir(), key=lambda p: p.stat().st_size)
    changed: list[str] = []

    def once(_: str) -> None:
        if not changed:
            changed.append(smallest.name)
            change(smallest)

    before = files_below(empty_lake.root)
    with pytest.raises(Refused, match=f"{smallest.name} {why}"):
        land(empty_lake, str(folder), once)
    assert files_below(empty_lake.root) == before
    assert not list((empty_lake.root / ".staging").iterdir())
