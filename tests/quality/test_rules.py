"""The row rules against the contract (Pandera) and against the page (an oracle in plain Python)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.quality.rules import judge, names
from keystone_nexus.quality.validate import validate
from tests.oracle import KINDS, OPTIONAL, Row, broken_rules, silver_name, values
from tests.small_drops import DAMAGED, GOOD, TODAY, rows_of

quick = settings(max_examples=25, deadline=None)
TABLES = list(KINDS)


def judged(table: str, rows: Sequence[Row], broken: str | None = None, arrived: date = TODAY) -> pl.DataFrame:
    """Rows as bronze holds them, judged."""
    data = {column: [row.get(column) for row in rows] for column in KINDS[table]}
    frame = pl.DataFrame(data, schema=dict.fromkeys(data, pl.String)).with_columns(
        _version=pl.int_range(pl.len(), dtype=pl.UInt64),
        _broken=pl.lit(broken, pl.String),
        _arrived=pl.lit(arrived, pl.Date),
    )
    return judge(tables()[table], frame.lazy()).collect()


def rules_of(table: str, row: Row, arrived: date = TODAY) -> list[str]:
    return names(tables()[table], judged(table, [row], arrived=arrived)["_mask"].item())


def good_row(table: str) -> Row:
    """Every optional value is there, but for the delivery: that date is bound to another."""
    filled = {column: GOOD[kind][0] or GOOD[kind][1] for column, kind in KINDS[table].items()}
    return filled | ({"order_delivered_customer_date": ""} if table == "orders" else {})


def typed(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(c.name for c in tables()[table].columns)


def pandera_can_see(table: str, rule: str, row: Row) -> bool:
    """Whether a broken rule leaves a trace in the typed row: unlike the text of a value that became null in a column
    that may be null, and a day after the arrival, which only the split knows."""
    what, _, column = rule.partition(":")
    kinds = {silver_name(source): kind for source, kind in KINDS[table].items()}
    if what == "type":
        return kinds[column] not in OPTIONAL
    return not (what == "range" and kinds[column] == "day" and str(values(table, row)[column]) > "2016-09-01")


@pytest.mark.parametrize("table", TABLES)
@quick
@given(data=st.data())
def test_the_rules_of_a_row_are_all_those_that_it_breaks(table: str, data: st.DataObject) -> None:
    rows = data.draw(st.lists(rows_of(table), min_size=1, max_size=8))
    spec = tables()[table]
    found = [set(names(spec, mask)) for mask in judged(table, rows)["_mask"]]
    assert found == [broken_rules(table, row, TODAY) for row in rows]


@pytest.mark.parametrize("table", TABLES)
@quick
@given(data=st.data())
def test_pandera_accepts_exactly_the_rows_that_the_split_accepts(table: str, data: st.DataObject) -> None:
    rows = data.draw(st.lists(rows_of(table), min_size=1, max_size=4))
    spec = tables()[table]
    frame = judged(table, rows)
    accepted = typed(table, frame.filter(pl.col("_mask") == 0)).unique(spec.key)
    assert validate(table, accepted).failures == {}
    for number, row in enumerate(rows):
        broken = names(spec, frame["_mask"][number])
        alone = validate(table, typed(table, frame[number]))
        assert bool(alone.failures) == any(pandera_can_see(table, rule, row) for rule in broken), (broken, alone)


@pytest.mark.parametrize("table", TABLES)
@quick
@given(data=st.data())
def test_a_value_is_what_its_text_says_and_nothing_else(table: str, data: st.DataObject) -> None:
    rows = data.draw(st.lists(rows_of(table), min_size=1, max_size=8))
    found = typed(table, judged(table, rows)).rows(named=True)
    assert found == [values(table, row) for row in rows]
    for row in found:
        for column in tables()[table].money_columns:
            assert row[column] is None or isinstance(row[column], Decimal)


@pytest.mark.parametrize("table", TABLES)
def test_a_good_row_breaks_no_rule(table: str) -> None:
    assert rules_of(table, good_row(table)) == []


@pytest.mark.parametrize("table", TABLES)
def test_one_damaged_value_breaks_one_rule_of_its_column(table: str) -> None:
    damaged = [(column, text) for column, kind in KINDS[table].items() for text in DAMAGED[kind]]
    masks = judged(table, [good_row(table) | {column: text} for column, text in damaged])["_mask"]
    for (column, text), mask in zip(damaged, masks, strict=True):
        broken = [rule.partition(":")[2] for rule in names(tables()[table], mask)]
        assert broken == [silver_name(column)], text


def test_every_rule_of_the_contracts_can_be_broken() -> None:
    met: set[tuple[str, str]] = set()
    for table in TABLES:
        row = good_row(table)
        damaged = [row | {column: text} for column, kind in KINDS[table].items() for text in DAMAGED[kind]]
        damaged.append(row | {"order_delivered_customer_date": "2016-01-01 00:00:00"})
        masks = judged(table, damaged)["_mask"].unique()
        met |= {(table, rule) for mask in masks for rule in names(tables()[table], mask)}
    every = {(t, r) for t in TABLES for r in tables()[t].rules() if r.split(":")[0] not in ("record", "foreign_key")}
    assert met == every


@pytest.mark.parametrize("kind", ["ragged", "encoding", "quote"])
@pytest.mark.parametrize("table", TABLES)
def test_a_record_that_is_none_breaks_that_rule_alone(table: str, kind: str) -> None:
    mask = judged(table, [{}], broken=kind)["_mask"].item()
    assert names(tables()[table], mask) == [f"record:{kind}"]


@pytest.mark.parametrize("table", TABLES)
def test_the_rules_of_a_table_fit_in_the_bits_of_a_mask(table: str) -> None:
    assert len(tables()[table].rules()) <= 64


@pytest.mark.parametrize(
    ("days", "broken"), [(0, []), (1, []), (2, ["range:review_creation_date"]), (400, ["range:review_creation_date"])]
)
def test_a_review_is_made_at_the_latest_on_the_day_after_its_arrival(days: int, broken: list[str]) -> None:
    arrived = date(2018, 2, 28)
    row = good_row("order_reviews") | {"review_creation_date": f"{arrived + timedelta(days)} 23:59:59"}
    assert rules_of("order_reviews", row, arrived) == broken


def test_all_rules_that_a_row_breaks_are_named_in_the_order_of_the_contract() -> None:
    row = good_row("order_items") | {"order_id": " ", "order_item_id": "x", "price": "-1", "freight_value": "1e3"}
    assert rules_of("order_items", row) == [
        "required:order_id",
        "type:order_item_id",
        "range:price",
        "type:freight_value",
    ]


def test_a_zero_with_a_sign_is_the_same_point() -> None:
    """Of two equal keys either may be kept: they must not differ in their bytes."""
    row = good_row("geolocation")
    frame = judged("geolocation", [row | {"geolocation_lat": text} for text in ("-0", "0", "-0.00")])
    assert [str(v) for v in frame["geolocation_lat"]] == ["0.0", "0.0", "0.0"]
