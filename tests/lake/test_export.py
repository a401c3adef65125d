"""Relations as files: the same rows, no formula that runs, no personal data by default."""

from __future__ import annotations

import csv
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from keystone_nexus.lake import export_excel
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.export import export
from keystone_nexus.lake.export_excel import write_excel
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.lock import lake_lock
from keystone_nexus.lake.sql import query
from keystone_nexus.source.land import land
from tests.conftest import keystone

HOSTILE = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx", "＝1+1"]
HARMLESS = ["-23.5", "+7", "a=b", "<script>", ""]


def quarantined(lake: Path, texts: list[str]) -> None:
    """Puts texts where rejected sellers' cities are."""
    folder = lake / "quarantine/sellers/year=0000/month=00/day=00"
    folder.mkdir(parents=True, exist_ok=True)
    rows = {
        "seller_id": [str(n) for n in range(len(texts))],
        "seller_zip_code_prefix": ["01001"] * len(texts),
        "seller_city": texts,
        "seller_state": ["SP"] * len(texts),
        "_rules": [["domain:seller_state"]] * len(texts),
        "_source_object": ["x"] * len(texts),
        "_source_row": list(range(len(texts))),
        "_raw": [None] * len(texts),
        "_day": [None] * len(texts),
    }
    kinds = {"_raw": pl.String, "_day": pl.Date}
    pl.DataFrame(rows, schema_overrides=kinds).write_parquet(folder / "part-0.parquet")


@pytest.mark.parametrize("relation", ["gold.monthly_sales", "gold/fact_sales", "silver.orders", "bronze.sellers"])
def test_csv_and_parquet_hold_the_relation(built_lake: Path, tmp_path: Path, relation: str) -> None:
    lake = Lake(built_lake)
    expected = query(lake, f"select * from {relation.replace('/', '.')} order by all")
    done = export(lake, relation, tmp_path / "x.parquet")
    assert done.rows == len(expected.rows) > 0
    found = pl.read_parquet(tmp_path / "x.parquet")
    assert found.columns == expected.columns
    import duckdb

    again = duckdb.sql(f"select * from '{tmp_path}/x.parquet' order by all").fetchall()
    assert again == expected.rows
    export(lake, relation, tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))
    assert lines[0] == expected.columns
    assert len(lines) == len(expected.rows) + 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.csv", "x.parquet"]


def test_excel_keeps_numbers_dates_and_text(built_lake: Path, tmp_path: Path) -> None:
    lake = Lake(built_lake)
    export(lake, "gold.monthly_sales", tmp_path / "x.xlsx")
    found = excel(tmp_path / "x.xlsx")
    expected = query(lake, "select * from gold.monthly_sales")
    assert found[0] == expected.columns
    first = dict(zip(found[0], found[1], strict=True))
    wanted = dict(zip(expected.columns, expected.rows[0], strict=True))
    assert Decimal(str(first["revenue"])).quantize(Decimal("0.01")) == wanted["revenue"]
    assert first["orders"] == wanted["orders"]
    assert date(1899, 12, 30).toordinal() + int(first["month"]) == wanted["month"].toordinal()  # type: ignore[call-overload]


def test_formulas_are_harmless_and_numbers_stay(lake: Path, tmp_path: Path) -> None:
    quarantined(lake, [*HOSTILE, *HARMLESS])
    export(Lake(lake), "quarantine.sellers", tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
        cities = [row["seller_city"] for row in csv.DictReader(file)]
    assert cities == [f"'{text}" for text in HOSTILE] + HARMLESS
    export(Lake(lake), "quarantine.sellers", tmp_path / "x.xlsx")
    sheet = zipfile.ZipFile(tmp_path / "x.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "quotePrefix" in zipfile.ZipFile(tmp_path / "x.xlsx").read("xl/styles.xml").decode()
    assert [row[2] for row in excel(tmp_path / "x.xlsx")[1:8]][:4] == HOSTILE[:4]


@pytest.mark.parametrize("relation", ["silver.customers", "bronze.customers", "gold.dim_customer", "gold.customer_rfm"])
def test_personal_columns_are_digests_unless_asked(built_lake: Path, tmp_path: Path, relation: str) -> None:
    lake = Lake(built_lake)
    done = export(lake, relation, tmp_path / "masked.parquet")
    assert "customer_unique_id" in done.masked
    export(lake, relation, tmp_path / "full.parquet", with_personal_data=True)
    masked, full = (pl.read_parquet(tmp_path / f"{n}.parquet") for n in ("masked", "full"))
    for name in done.masked:
        assert not set(masked[name].drop_nulls()) & set(full[name].drop_nulls())
        assert masked[name].n_unique() == full[name].n_unique()
        assert masked[name].null_count() == full[name].null_count()
    assert masked.drop(done.masked).equals(full.drop(done.masked))


def test_a_column_of_bronze_that_no_contract_knows_may_be_personal(lake: Path, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    header = "seller_id,seller_zip_code_prefix,seller_city,seller_state,owner_phone"
    (drop / "sellers.csv").write_text(f"{header}\n{'f' * 32},01001,santos,SP,5511999990000\n")
    with lake_lock(lake, "test"):
        land(Lake(lake), str(drop))
    done = export(Lake(lake), "bronze.sellers", tmp_path / "x.csv")
    assert done.masked == ("owner_phone",)
    assert "santos" in (tmp_path / "x.csv").read_text()
    assert "5511999990000" not in (tmp_path / "x.csv").read_text()


def test_digests_are_equal_across_relations_and_lakes_have_their_own(built_lake: Path, tmp_path: Path) -> None:
    lake = Lake(built_lake)
    for relation in ("silver.customers", "gold.customer_rfm"):
        export(lake, relation, tmp_path / f"{relation}.parquet")
    persons = set(pl.read_parquet(tmp_path / "silver.customers.parquet")["customer_unique_id"])
    assert set(pl.read_parquet(tmp_path / "gold.customer_rfm.parquet")["customer_unique_id"]) <= persons
    assert (built_lake / ".masking_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("relation", "out", "said"),
    [
        ("gold.nothing", "x.csv", "no relation gold.nothing"),
        ("main.orders", "x.csv", "no schema 'main'"),
        ("orders; drop table x", "x.csv", "no relation"),
        ("silver.orders", "x.json", "ends in none of"),
        ("silver.orders", "no/folder/x.csv", "there is no folder"),
        ("silver.orders", ".", "ends in none of"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    built_lake: Path, tmp_path: Path, relation: str, out: str, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        export(Lake(built_lake), relation, tmp_path / out)
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_into_the_lake(built_lake: Path) -> None:
    with pytest.raises(Refused, match="lies in the lake"):
        export(Lake(built_lake), "silver.orders", built_lake / "silver/x.parquet")


def test_excels_limits_are_refused_by_name(lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quarantined(lake, ["x" * 40_000])
    with pytest.raises(Refused, match=r"40,000 characters in seller_city.*32,767"):
        export(Lake(lake), "quarantine.sellers", tmp_path / "x.xlsx")
    monkeypatch.setattr(export_excel, "MOST_ROWS", 3)
    with pytest.raises(Refused, match="1,048,576"):
        export(Lake(lake), "silver.orders", tmp_path / "x.xlsx")
    assert not list(tmp_path.glob("*x*.xlsx"))


def test_the_command_says_what_it_wrote(built_lake: Path, tmp_path: Path) -> None:
    done = keystone(built_lake, "export", "customers", "--out", str(tmp_path / "x.csv"))
    assert done.returncode == 0, done.stderr
    assert "silver.customers" in done.stdout
    assert "customer_unique_id" in done.stdout
    assert keystone(built_lake, "export", "nope", "--out", str(tmp_path / "x.csv")).returncode == 2


def excel(path: Path) -> list[list[object]]:
    """The cells of the first sheet: text from the inline or shared strings, numbers as floats."""
    from xml.etree import ElementTree as Tree

    ns = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    book = zipfile.ZipFile(path)
    shared: list[str] = []
    if "xl/sharedStrings.xml" in book.namelist():
        items = Tree.fromstring(book.read("xl/sharedStrings.xml")).findall("x:si", ns)
        shared = ["".join(t.text or "" for t in si.iterfind(".//x:t", ns)) for si in items]
    rows: list[list[object]] = []
    for row in Tree.fromstring(book.read("xl/worksheets/sheet1.xml")).iterfind(".//x:row", ns):
        cells: list[object] = []
        for cell in row.iterfind("x:c", ns):
            cells += [None] * (ord(str(cell.get("r"))[0]) - ord("A") - len(cells))  # an empty cell is not written
            value = cell.find("x:v", ns)
            if cell.get("t") == "s":
                cells.append(shared[int(value.text)])  # type: ignore[union-attr,arg-type]
            elif cell.get("t") == "inlineStr":
                cells.append("".join(t.text or "" for t in cell.iterfind(".//x:t", ns)))
            else:
                cells.append(float(value.text) if value is not None else None)  # type: ignore[arg-type]
        rows.append(cells)
    return rows


def test_excel_holds_every_character(tmp_path: Path) -> None:
    """What XML cannot hold is written in Excel's own notation, and a text that looks like it stays that text."""
    texts = ["a\x0bb", "a\x00b", "a\ufffe\uffff", "_x000B_", "\u202e</t>]]>"]
    with duckdb.connect() as connection:
        connection.execute("create table t (a varchar)")
        connection.executemany("insert into t values (?)", [[text] for text in texts])
        write_excel(connection, "t", "select * from t", tmp_path / "x.xlsx")
    found = [str(row[0]) for row in excel(tmp_path / "x.xlsx")[1:]]
    assert found == ["a_x000B_b", "a_x0000_b", "a_xFFFE__xFFFF_", "_x005F_x000B_", texts[-1]]
