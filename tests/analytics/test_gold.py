"""Gold as pages read it, what pages say of themselves, and how figures are written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from keystone_nexus.analytics import words
from keystone_nexus.analytics.gold import gold_of
from keystone_nexus.analytics.provenance import provenance_of
from keystone_nexus.lake import builds
from keystone_nexus.lake.acceptances import accept
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.lake import Lake
from tests.small_drops import new_lake


def test_gold_is_read_with_its_types_and_cannot_be_written(built_lake: Path) -> None:
    gold = gold_of(Lake(built_lake))
    sales = gold.table("monthly_sales")
    assert sales.schema["month"] == pl.Date
    assert sales.schema["orders"] == pl.Int64
    assert sales.schema["revenue"].is_decimal()
    with pytest.raises(Exception, match="read-only"):
        gold.frame("create table gold.mine as select 1")


def test_a_lake_without_gold_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no gold yet"):
        gold_of(Lake(tmp_path))


def test_pages_say_through_when_and_from_what_they_are(built_lake: Path) -> None:
    lake = Lake(built_lake)
    gold = gold_of(lake)
    found = provenance_of(lake, gold)
    days = gold.frame("select max(date) as last from gold.dim_date join gold.fact_orders using (date_id)")
    assert found.data_through == days.item()
    assert found.gold_version >= 1
    assert found.closed == ()
    assert f"data through {found.data_through}" in found.line
    assert "quality gates all open" in found.line


def test_a_lake_without_gold_has_a_provenance_too(tmp_path: Path) -> None:
    lake = new_lake(tmp_path / "lake")
    assert provenance_of(lake, None).line == "no gold was published yet · quality gates all open, 0 rows in quarantine"


def test_accepted_breaches_are_said_and_others_close_the_gate(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = builds.read(Lake(lake))
    many = built.with_columns(quarantined=pl.when(pl.col("table") == "sellers").then(500).otherwise("quarantined"))
    monkeypatch.setattr(builds, "read", lambda _: many)
    assert "reject_budget" in provenance_of(Lake(lake), None).closed[0]
    accept(Lake(lake), "silver/sellers", "reject_budget", None, "known", None)
    found = provenance_of(Lake(lake), None)
    assert found.closed == ()
    assert len(found.accepted) == 1
    assert "1 known breach accepted" in found.line


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (words.count(99441), "99,441"),
        (words.count(None), "–"),
        (words.money(Decimal("137.754")), "R$ 137.75"),
        (words.short_money(Decimal("13591643.70")), "R$ 13.6 M"),
        (words.short_money(8449), "R$ 8.4 k"),
        (words.short_money(-950), "R$ -950"),
        (words.share(Decimal("0.067731")), "6.8 %"),
        (words.number(Decimal("4.0865"), 3), "4.087"),
        (words.month(date(2017, 11, 1)), "Nov 2017"),
        (words.day(date(2017, 11, 4)), "4 Nov 2017"),
    ],
)
def test_figures_are_written_for_people(written: str, expected: str) -> None:
    assert written == expected
