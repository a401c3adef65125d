"""The quality dashboard: its figures are the lake's, hostile text is harmless, and small lakes make sense."""

from __future__ import annotations

import json
import re
import shutil
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from keystone_nexus.analytics.gold import gold_of
from keystone_nexus.analytics.provenance import Provenance, provenance_of
from keystone_nexus.analytics.quality_dashboard import CheckResult, build_quality_dashboard
from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.sql import query
from tests.analytics.odd_gold import NOTHING
from tests.conftest import keystone
from tests.small_drops import new_lake

MOST = 2_000_000


def rows(lake: Path, sql: str) -> list[dict[str, object]]:
    answer = query(Lake(lake), sql)
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


class Figures(HTMLParser):
    """`data-kpi` -> `data-value`, and the text that stands there."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.tags: list[str] = []
        self._in: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self._in = found.get("data-kpi")
        if self._in:
            assert self._in not in self.values, f"{self._in} stands there twice"
            self.values[self._in] = str(found["data-value"])

    def handle_data(self, data: str) -> None:
        if self._in:
            self.texts[self._in] = data
            self._in = None


def page_of(folder: Path) -> str:
    lake = Lake(folder)
    done = keystone(folder, "check", "--json")
    checks = [
        CheckResult(**{**r, "at": datetime.fromisoformat(r["at"]) if r["at"] else None})
        for r in json.loads(done.stdout)
    ]
    return build_quality_dashboard(lake, provenance_of(lake, gold_of(lake)), checks)


def assert_true(lake: Path, page: str) -> Figures:
    """Compares every figure with a fresh query, or with what the command line says."""
    found = Figures(page)
    for name in tables():
        counted = {
            schema: rows(lake, f"select count(*) as n from {schema}.{name}")[0]["n"]
            for schema in ("bronze", "silver", "quarantine")
        }
        assert found.values[f"{name}.bronze"] == str(counted["bronze"])
        assert found.values[f"{name}.silver"] == str(counted["silver"])
        assert found.values[f"{name}.quarantined"] == str(counted["quarantine"])
        by_rule = rows(
            lake, f"select r, count(*) as n from (select unnest(_rules) as r from quarantine.{name}) group by 1"
        )
        for rule in by_rule:
            assert found.values[f"{name}.{rule['r']}"] == str(rule["n"])
    said = json.loads(keystone(lake, "check", "--json").stdout)
    for outcome in ("passed", "warned", "failed"):
        whole = [v for v in said if v["partition"] is None and verdict(v) == outcome]
        assert found.values[f"checks_{outcome}"] == str(len(whole))
        days = [v for v in said if v["partition"] is not None and verdict(v) == outcome]
        empty = int(found.values["days_empty"]) if outcome == "passed" else 0
        assert int(found.values[f"days_{outcome}"]) + empty == len(days)
    for kpi, text in found.texts.items():
        if kpi.endswith((".share", ".budget")) and found.values[kpi]:
            assert float(text.removesuffix(" %")) / 100 == pytest.approx(float(found.values[kpi]), abs=5e-5)
        elif found.values[kpi]:
            assert text.replace(",", "") == found.values[kpi]
    return found


def verdict(row: dict[str, object]) -> str:
    if row["passed"] is not False:
        return "passed" if row["passed"] else "missing"
    return "failed" if row["severity"] == "ERROR" and not row["accepted"] else "warned"


def test_every_figure_is_the_lakes(built_lake: Path) -> None:
    page = page_of(built_lake)
    found = assert_true(built_lake, page)
    assert found.values["tables_balanced"] == str(len(tables()))
    assert found.values["gates_closed"] == "0"
    assert len(page.encode()) < MOST
    assert not re.search(r"https?://|@import|<link|src=", page)
    assert found.tags.count("script") == 1


@pytest.mark.long
def test_rejects_lead_back_to_file_and_record_and_hide_what_is_personal(synthetic: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(synthetic, source)
    hostile = "<script>alert('x')</script>"
    orders = break_rows(source / "olist_orders_dataset.csv", "order_status", [hostile] * 30)
    break_rows(source / "olist_customers_dataset.csv", "customer_zip_code_prefix", ["99secret99"])
    lake = tmp_path / "lake"
    assert keystone(lake, "run", "--source", str(source)).returncode in (0, 1)
    built = Lake(lake)
    provenance = Provenance(None, None, 0, "unknown", ("silver/orders: over budget",), (), 31)
    page = build_quality_dashboard(built, provenance, [])
    assert hostile not in page
    assert "&lt;script&gt;alert(" in page
    assert "99secret99" not in page
    assert f"{orders.name}, record 1<" in page
    assert "personal, not shown" in page
    assert "silver/orders: over budget" in page
    found = Figures(page)
    assert found.values["orders.domain:order_status"] == "30"
    assert found.values["gates_closed"] == "1"
    assert found.tags.count("script") == 1
    states = rows(lake, "select count(distinct _day) as n from quarantine.orders where _day is not null")[0]["n"]
    days = int(found.values["days_warned"]) + int(found.values["days_failed"])
    assert days >= int(str(states)) > 0


def break_rows(path: Path, column: str, values: list[str]) -> Path:
    frame = pl.read_csv(path, infer_schema=False)
    changed = [*values, *frame[column].to_list()[len(values) :]]
    frame.with_columns(pl.Series(column, changed)).write_csv(path)
    return path


def test_an_empty_lake_says_that_nothing_is_there(tmp_path: Path) -> None:
    lake = new_lake(tmp_path / "lake")
    page = build_quality_dashboard(lake, NOTHING, [])
    assert "Nothing has arrived yet." in page
    assert Figures(page).values["rows_bronze"] == "0"
    assert "None" not in page


@pytest.mark.long
def test_days_that_were_not_built_are_pending(synthetic: Path, tmp_path: Path) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    shutil.copytree(synthetic, source)
    break_rows(source / "olist_order_reviews_dataset.csv", "review_creation_date", ["no day"] * 12)
    done = keystone(lake, "run", "--source", str(source), "--from", "2017-05-01", "--to", "2017-05-10")
    # Reviews of orders of other days are no breach, and those without a day are of all days.
    assert done.returncode == 0, done.stderr
    found = Figures(page_of(lake))
    assert int(found.values["order_reviews.undated"]) >= 12
    assert found.values["gates_closed"] == "0"
    assert float(found.values["order_reviews.share"]) < 0.01
    assert int(found.values["days_pending"]) > 100
    pending = sum(int(v) for k, v in found.values.items() if re.fullmatch(r"\w+\.pending", k))
    assert pending > 0
    assert found.values["tables_balanced"] == str(len(tables()))


@pytest.mark.real
@pytest.mark.long
def test_the_real_data(real_lake: Path) -> None:
    page = page_of(real_lake)
    found = assert_true(real_lake, page)
    assert len(page.encode()) < MOST
    assert found.values["rows_bronze"] == "1550922"
    assert found.values["rows_quarantined"] == "48"
    assert found.values["geolocation.superseded"] == "261827"
    assert found.values["orders.carrier_before_approval"] == "1359"
    assert found.values["order_reviews.undated"] == "17"


def test_what_cannot_be_shown_is_named(tmp_path: Path) -> None:
    """A record, a gate and a check may hold any character."""
    lake = new_lake(tmp_path / "lake")
    ugly = "a\x0b\x1b[2J\ufffe\u202eb\udcff</td>"
    said = Provenance(None, None, 1, "2026-01-01 00:00", closed=(ugly,), accepted=(ugly,))
    checks = [CheckResult(f"gold/{ugly}", ugly, None, True, "ERROR", 1, 0, None, ugly)]
    page = build_quality_dashboard(lake, said, checks)
    assert page.count("a[U+000B][U+001B][2J[U+FFFE][U+202E]b[U+DCFF]&lt;/td&gt;") >= 4
    page.encode()
