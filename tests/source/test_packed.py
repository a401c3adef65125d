"""`.csv.gz` is read in place, within bounds, as the text that it holds; what lies beside CSV files is named."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from keystone_nexus.lake import ledger
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.source.drop import open_drop
from keystone_nexus.source.land import brings_new_files, land
from tests.conftest import keystone
from tests.helpers import header_of, nine_headers

SELLERS = (header_of("sellers") + "s1,01310,santos,SP\ns2,01310,santos,SP\n").encode()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    found = Lake(tmp_path / "lake")
    found.create()
    land(found, str(nine_headers(tmp_path / "first")))
    return found


def drop(folder: Path, **files: bytes) -> str:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    return str(folder)


def seller_ids(lake: Lake) -> list[str]:
    (file,) = ledger.read(lake).entries[-1].files
    import polars as pl

    return pl.read_parquet(lake.root / file.object, glob=False)["seller_id"].to_list()


@pytest.mark.parametrize("parts", [1, 2], ids=["one member", "two members"])
def test_a_packed_file_lands_as_its_text(lake: Lake, tmp_path: Path, parts: int) -> None:
    half = len(SELLERS) // 2
    packed = (
        gzip.compress(SELLERS, mtime=0) if parts == 1 else gzip.compress(SELLERS[:half]) + gzip.compress(SELLERS[half:])
    )
    landed = land(lake, drop(tmp_path / "d", sellers__csv__gz=packed))
    assert landed.entry is not None
    assert landed.entry.files[0].size == len(SELLERS)
    assert seller_ids(lake) == ["s1", "s2"]
    # The text decides what is known, however it is packed.
    for name, content in (("sellers__csv", SELLERS), ("other__csv__gz", gzip.compress(SELLERS, 1, mtime=0))):
        again = land(lake, drop(tmp_path / name, **{name: content}))
        assert again.entry is None
        assert not brings_new_files(ledger.read(lake), str(tmp_path / name)) or parts == 2


def test_a_packed_file_is_read_in_a_zip_too_and_alone(lake: Lake, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("sellers.csv.gz", gzip.compress(SELLERS, mtime=0))
        archive.writestr("readme.txt", "x")
    assert land(lake, str(tmp_path / "d.zip")).passed_over == ["readme.txt"]
    assert seller_ids(lake) == ["s1", "s2"]
    more = SELLERS + b"s3,01310,santos,SP\n"
    (tmp_path / "sellers.csv.gz").write_bytes(gzip.compress(more))
    land(lake, str(tmp_path / "sellers.csv.gz"))
    assert seller_ids(lake) == ["s1", "s2", "s3"]


def bomb() -> bytes:
    header, filler = header_of("sellers").encode(), b"s,01310,santos,SP\n" * 60_000
    return gzip.compress(header + filler * 100, 9)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (gzip.compress(SELLERS, mtime=0)[:-12], "sellers.csv.gz: the archive is damaged here"),
        (gzip.compress(SELLERS, mtime=0)[:20] + b"x" * 9, "sellers.csv.gz: the archive is damaged here"),
        (gzip.compress(SELLERS, mtime=0) + b"trailing", "sellers.csv.gz: the archive is damaged here"),
        (SELLERS, "sellers.csv.gz: the archive is damaged here"),
        (b"", "sellers.csv.gz is empty"),
        (bomb(), "sellers.csv.gz unpacks to too much: .* this is a gzip bomb"),
    ],
    ids=["cut off", "corrupt", "trailing bytes", "no gzip", "empty", "bomb"],
)
def test_a_packed_file_that_is_none_refuses_the_drop(lake: Lake, tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        land(lake, drop(tmp_path / "d", sellers__csv__gz=content))
    assert ledger.read(lake).position == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (SELLERS.replace(b"\n", b"\r"), "x.csv ends its lines with CR alone"),
        (
            b"sep=;\n" + SELLERS.replace(b",", b";"),
            "x.csv begins with `sep=;`, a line for Excel alone: take it out, and",
        ),
        (b'\xef\xbb\xbf"sep=,"\r\n' + SELLERS, "x.csv begins with `sep=,`, a line for Excel alone: take it out$"),
        (SELLERS.replace(b",", b";"), "separated by commas but by `;`"),
        (SELLERS.replace(b",", b"|"), "separated by commas but by `|`"),
        (SELLERS.replace(b",", b"\t"), "separated by commas but by tabs"),
        (b'"seller_id";"seller_city"\n"a";"b"\n', "no CSV header; its columns seem to be separated by `;`"),
        (SELLERS.decode().encode("utf-16"), "x.csv is UTF-16"),
        (SELLERS.decode().encode("utf-16-le"), "x.csv is UTF-16 without its mark"),
        (b"PK\x03\x04" + b"\0" * 99, "x.csv is a zip archive or an Excel workbook"),
        (gzip.compress(SELLERS, mtime=0), r"x.csv is compressed by gzip: name it .csv.gz"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 99, r"x.csv is an Excel workbook \(.xls\)"),
        (b"PAR1" + b"\0" * 99, "x.csv is a Parquet file"),
        (b"<!DOCTYPE html>\n<html>\n", "x.csv is HTML or XML"),
        (b'{"seller_id": 1}\n', "x.csv is JSON"),
        (b"\n\n\r\n", "x.csv has blank lines alone"),
        (b"\n" + SELLERS, "x.csv begins with a blank line"),
    ],
)
def test_what_is_no_csv_is_named_for_what_it_is(lake: Lake, tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        land(lake, drop(tmp_path / "d", x__csv=content))
    assert ledger.read(lake).position == 1


def test_the_bound_is_one_for_all_packed_files(lake: Lake, tmp_path: Path) -> None:
    part = gzip.compress(header_of("sellers").encode() + b"s,01310,santos,SP\n" * 1_900_000, 9)
    with pytest.raises(Refused, match="this is a gzip bomb"):
        land(lake, drop(tmp_path / "d", sellers_a__csv__gz=part, sellers_b__csv__gz=part + gzip.compress(b"")))


def test_what_is_passed_over_is_named(tmp_path: Path) -> None:
    folder = nine_headers(tmp_path / "d")
    for name in ("README.txt", ".DS_Store", "orders.csv.tmp", "._orders.csv", "sellers.xlsx"):
        (folder / name).write_text("x")
    (folder / "older").mkdir()
    (folder / "more.csv").mkdir()
    others = ["._orders.csv", ".DS_Store", "README.txt", "more.csv/", "older/", "orders.csv.tmp", "sellers.xlsx"]
    with open_drop(str(folder)) as files:
        assert len(files) == 9
        assert files.passed_over == sorted(others)
    tried = keystone(tmp_path / "lake", "run", "--source", str(folder), "--dry-run")
    assert tried.returncode == 0, tried.stderr
    ran = keystone(tmp_path / "lake", "run", "--source", str(folder), "--no-pages")
    assert ran.returncode == 0, ran.stderr
    for done in (tried, ran):
        (line,) = [text for text in done.stdout.splitlines() if text.startswith("passed over")]
        assert line.endswith(", ".join(sorted(others)))
    again = keystone(tmp_path / "lake", "run", "--source", str(folder), "--json")
    assert json.loads(again.stdout)["passed_over"] == sorted(others)
