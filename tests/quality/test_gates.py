"""When rejects withhold gold: budgets at their edges, days, drift, and what somebody accepted (semantics.md, "Gates")."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keystone_nexus.contracts.catalog import table, tables
from keystone_nexus.lake.acceptances import Acceptance
from keystone_nexus.lake.builds import SCHEMA
from keystone_nexus.quality.gates import (
    Verdict,
    apply,
    breaches,
    budget_verdict,
    day_verdict,
    day_verdicts,
    sum_counts,
    table_verdicts,
)
from keystone_nexus.quality.rules import DTYPES
from keystone_nexus.quality.validate import validate

FIFTH = date(2018, 1, 5)
SIXTH = date(2018, 1, 6)


def built(*days: tuple[date | None, int, int], name: str = "orders") -> pl.DataFrame:
    """Newest builds: (day, silver, quarantined)."""
    rows = [
        {"table": name, "day": day, "silver": silver, "quarantined": quarantined, "superseded": 0}
        | {"rejects": json.dumps({"type:x": quarantined}) if quarantined else "{}"}
        | {
            "warnings": "{}",
            "money": "{}",
            "checks": "{}",
            "bytes": 0,
            "silver_sha256": None,
            "quarantine_sha256": None,
        }
        for day, silver, quarantined in days
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def with_others(frame: pl.DataFrame) -> pl.DataFrame:
    """The same, and sound builds of every other table."""
    others = [name for name in tables() if name not in frame["table"].unique()]
    return pl.concat([frame, *(built((FIFTH if table(name).dated else None, 1, 0), name=name) for name in others)])


def budget(silver: int, quarantined: int, share: float = 0.01) -> Verdict:
    spec = dataclasses.replace(table("orders"), reject_budget=share)
    return budget_verdict(spec, built((FIFTH, silver, quarantined)), {})


@pytest.mark.parametrize(
    ("silver", "quarantined", "passed", "severity"),
    [
        (0, 0, True, "WARN"),
        (5, 0, True, "WARN"),
        (99, 1, False, "WARN"),
        (0, 10, False, "WARN"),
        (0, 11, False, "ERROR"),
        (1_089, 11, False, "WARN"),  # exactly 1 %
        (1_088, 11, False, "ERROR"),
        (990, 10, False, "WARN"),  # 1 % and no more than 10 rows
        (100, 10, False, "WARN"),  # above 1 %, but no more than 10 rows
        (9_900, 100, False, "WARN"),
        (9_899, 101, False, "ERROR"),
    ],
)
def test_the_budget_is_one_percent_and_more_than_ten_rows(
    silver: int, quarantined: int, passed: bool, severity: str
) -> None:
    verdict = budget(silver, quarantined)
    assert (verdict.passed, verdict.severity) == (passed, severity)
    assert (verdict.rows_checked, verdict.rows_failed) == (silver + quarantined, quarantined)
    assert verdict.blocks is (severity == "ERROR")


@example(percent=29, hundreds=15)
@given(percent=st.integers(1, 99), hundreds=st.integers(11, 10_000))
def test_a_budget_is_kept_exactly_at_its_edge(percent: int, hundreds: int) -> None:
    rows, allowed = hundreds * 100, hundreds * percent
    assert not budget(rows - allowed, allowed, percent / 100).blocks
    assert budget(rows - allowed - 1, allowed + 1, percent / 100).blocks


def test_the_budget_counts_all_days_and_what_has_no_day() -> None:
    days = [(FIFTH, 500, 4), (SIXTH, 500, 4), (None, 0, 4)]
    verdict = budget_verdict(table("orders"), built(*days), {})
    assert (verdict.rows_failed, verdict.severity) == (12, "ERROR")
    assert verdict.detail["rejects"] == {"type:x": 12}
    assert "12 of 1,012 rows (type:x 12)" in verdict.sentence()


@pytest.mark.parametrize(
    ("silver", "quarantined", "passed", "severity"),
    [
        (0, 0, True, "WARN"),
        (50, 0, True, "WARN"),
        (0, 10, False, "WARN"),
        (0, 11, False, "ERROR"),
        (99, 11, False, "WARN"),  # exactly 10 %
        (98, 11, False, "ERROR"),
        (1, 10, False, "WARN"),
        (900, 100, False, "WARN"),
        (899, 101, False, "ERROR"),
    ],
)
def test_a_day_fails_above_ten_percent_and_ten_rows(silver: int, quarantined: int, passed: bool, severity: str) -> None:
    verdict = day_verdict(table("orders"), FIFTH, silver, quarantined, {})
    assert (verdict.passed, verdict.severity, verdict.partition) == (passed, severity, "2018-01-05")


def test_each_day_has_its_own_verdict_and_what_has_no_day_has_none() -> None:
    verdicts = day_verdicts(table("orders"), built((FIFTH, 5, 0), (SIXTH, 5, 20), (None, 0, 30)))
    assert {v.partition: (v.passed, v.severity) for v in verdicts} == {
        "2018-01-05": (True, "WARN"),
        "2018-01-06": (False, "ERROR"),
    }
    assert [v.detail["rejects"] for v in verdicts] == [{}, {"type:x": 20}]


def test_a_bad_day_withholds_gold_although_the_table_keeps_its_budget() -> None:
    everything = pl.concat([built((FIFTH, 100_000, 0), (SIXTH, 0, 11)), built((None, 10, 0), name="customers")])
    (breach,) = breaches(with_others(everything), [], {})
    assert (breach.asset, breach.check, breach.partition) == ("silver/orders", "row_rules", "2018-01-06")


def test_a_table_over_budget_withholds_gold_although_no_day_is_bad() -> None:
    days = [(FIFTH + timedelta(n), 20, 1) for n in range(20)]
    (breach,) = breaches(with_others(built(*days)), [], {})
    assert (breach.check, breach.partition, breach.rows_failed) == ("reject_budget", None, 20)


@pytest.mark.parametrize(("unbuilt", "severity"), [(0, "ERROR"), (1582, "ERROR"), (1583, "WARN")])
def test_rejects_without_a_day_are_held_against_the_whole_table(unbuilt: int, severity: str) -> None:
    """17 of 1,700 rows are within the budget, 17 of 1,699 are not; one built day does not make them too many."""
    verdict = budget_verdict(table("orders"), built((FIFTH, 100, 0), (None, 0, 17)), {"orders": unbuilt})
    assert (verdict.severity, verdict.passed, verdict.rows_failed) == (severity, False, 17)


def test_rejects_of_built_days_are_held_against_what_is_built() -> None:
    verdict = budget_verdict(table("orders"), built((FIFTH, 100, 11), (None, 0, 17)), {"orders": 100_000})
    assert verdict.severity == "ERROR"


def test_clean_builds_withhold_nothing() -> None:
    assert breaches(with_others(built((FIFTH, 10, 1))), [], {}) == []


def accepts(check: str = "row_rules", partition: str | None = None, days_left: int | None = None) -> Acceptance:
    until = None if days_left is None else str(datetime.now(UTC).date() + timedelta(days_left))
    return Acceptance("silver/orders", check, partition, "known", until, "me", "2018-01-05T00:00:00Z")


BAD_DAY = day_verdict(table("orders"), FIFTH, 0, 20, {"type:x": 20})


@pytest.mark.parametrize(
    ("acceptance", "blocks"),
    [
        (accepts(), False),
        (accepts(partition="2018-01-05"), False),
        (accepts(partition="2018-01-06"), True),
        (accepts(check="reject_budget"), True),
        (accepts(days_left=1), False),
        (accepts(days_left=-2), True),
        (dataclasses.replace(accepts(), asset="silver/order_items"), True),
    ],
)
def test_an_accepted_breach_does_not_block(acceptance: Acceptance, blocks: bool) -> None:
    verdict = apply(BAD_DAY, [acceptance])
    assert verdict.blocks is blocks
    assert not verdict.passed, "it is shown all the same"
    assert (verdict.accepted is None) is blocks


def test_an_acceptance_says_by_whom_when_why_and_until_when() -> None:
    said = apply(BAD_DAY, [accepts(days_left=3)]).accepted or ""
    for part in ("me", "2018-01-05T00:00:00Z", "known", str(datetime.now(UTC).date() + timedelta(3))):
        assert part in said


def test_an_accepted_budget_leaves_the_bad_day_to_be_accepted_too() -> None:
    bad = built((FIFTH, 0, 20))
    assert [v.check for v in breaches(with_others(bad), [accepts("reject_budget")], {})] == ["row_rules"]
    assert breaches(with_others(bad), [accepts("reject_budget"), accepts(partition="2018-01-05")], {}) == []


def test_a_verdict_that_passed_needs_no_acceptance() -> None:
    assert apply(day_verdict(table("orders"), FIFTH, 5, 0, {}), [accepts()]).accepted is None


def test_counts_are_summed_rule_by_rule() -> None:
    assert sum_counts(['{"a": 1, "b": 2}', "{}", '{"b": 3}']) == {"a": 1, "b": 5}


def empty(name: str) -> pl.DataFrame:
    return pl.DataFrame(schema={c.name: DTYPES[c.kind] for c in table(name).columns})


@pytest.mark.parametrize("name", list(tables()))
def test_a_table_without_rows_keeps_its_contract(name: str) -> None:
    assert validate(name, empty(name)).failures == {}


@pytest.mark.parametrize(
    "drifted",
    [
        empty("customers").drop("customer_city"),
        empty("customers").with_columns(more=pl.lit(1)),
        empty("customers").with_columns(pl.col("customer_city").cast(pl.Int64)),
        empty("order_payments").with_columns(pl.col("payment_value").cast(pl.Decimal(12, 3))),
        empty("order_payments").with_columns(pl.col("payment_value").cast(pl.Float64)),
        empty("orders").with_columns(pl.col("order_approved_at").cast(pl.Datetime("us", "UTC"))),
        empty("orders").with_columns(pl.col("order_approved_at").cast(pl.Datetime("ms"))),
    ],
    ids=["missing", "unknown", "text to integer", "scale", "float money", "zone", "unit"],
)
def test_drift_of_columns_or_types_fails_even_without_rows(drifted: pl.DataFrame) -> None:
    (name,) = (n for n in tables() if len({c.name for c in table(n).columns} & set(drifted.columns)) > 3)
    assert validate(name, drifted).failures != {}


def test_rows_that_share_a_key_are_counted() -> None:
    point = {"product_category_name": ["a", "a", "b"], "product_category_name_english": ["x", "y", "z"]}
    validation = validate("product_category_translation", pl.DataFrame(point))
    assert (validation.rows, validation.failures, validation.duplicates) == (3, {}, 2)


def test_the_checks_of_a_table_speak_of_all_its_days_whatever_was_built_last() -> None:
    odd, bad = {"warnings": '{"carrier_before_approval": 7}'}, {"checks": '{"unique_key": {"duplicates": 2}}'}
    days = [built((FIFTH, 1_000, 0)).with_columns(pl.lit(v).alias(c) for c, v in (odd | bad).items())]
    days.append(built((SIXTH, 144, 0)))
    found = {v.check: v for v in table_verdicts(table("orders"), pl.concat(days), {"orders": 30}, [])}
    assert {check: (v.passed, v.rows_checked, v.rows_failed) for check, v in found.items()} == {
        "contract": (True, 1_144, 0),
        "unique_key": (False, 1_144, 2),
        "foreign_keys": (True, 1_144, 0),
        "reject_budget": (True, 1_144, 0),
        "row_rules": (True, 1_144, 0),
        "oddities": (False, 1_144, 7),
    }
    assert found["contract"].summary() == "1,144 rows, 0 values against the contract; 30 rows are not built yet"
    assert found["unique_key"].blocks
    assert all(v.partition is None for v in found.values())


@pytest.mark.parametrize("lost", ["no build", "a build without checks"])
def test_a_verdict_that_is_missing_says_so_and_opens_no_gate(lost: str) -> None:
    mine = built() if lost == "no build" else built((FIFTH, 10, 0)).with_columns(checks=pl.lit(None, pl.String))
    found = {v.check: v for v in table_verdicts(table("orders"), mine, {}, [])}
    assert found["contract"].passed is None
    assert found["contract"].blocks
    assert "not evaluated" in found["contract"].summary()
    others = [
        frame
        for name in tables()
        if name != "orders"
        for frame in [built((FIFTH if table(name).dated else None, 1, 0), name=name)]
    ]
    closed = breaches(pl.concat([mine, *others]), [], {})
    assert {v.asset for v in closed} == {"silver/orders"}
    assert "run `keystone run`" in closed[0].sentence()


def test_rejects_without_a_day_need_no_verdict_of_their_own() -> None:
    """A lake of an older program: its days were built anew, the undated quarantine follows after gold."""
    old = built((None, 0, 0)).with_columns(checks=pl.lit(None, pl.String))
    found = table_verdicts(table("orders"), pl.concat([built((FIFTH, 10, 0)), old]), {}, [])
    assert all(verdict.passed for verdict in found)
    assert table_verdicts(table("orders"), built((None, 0, 0)), {}, [])[0].passed, "no row has a day"


def test_a_day_reads_as_a_sentence_with_its_figures() -> None:
    clean, odd = (day_verdict(table("orders"), FIFTH, 144, n, {"range:price": n} if n else {}) for n in (0, 3))
    assert clean.summary() == "2018-01-05: 144 rows, 0 rejected"
    assert odd.summary() == "2018-01-05: 147 rows, 3 rejected (range:price 3)"


def test_failures_are_told_by_day() -> None:
    rows = pl.DataFrame({"customer_id": ["a", "a", "b"], "customer_unique_id": ["u", "u", None]}).with_columns(
        customer_zip_code_prefix=pl.lit("01310"), customer_city=pl.lit("x"), customer_state=pl.lit("SP")
    )
    found = validate("customers", rows, pl.Series([FIFTH, FIFTH, SIXTH]))
    assert {day: (v.rows, v.failures, v.duplicates) for day, v in found.days.items()} == {
        FIFTH: (2, {}, 2),
        SIXTH: (1, {"customer_unique_id: not_nullable": 1}, 0),
    }


@pytest.mark.parametrize("name", ["PANDERA_VALIDATION_ENABLED", "PANDERA_VALIDATION_DEPTH"])
def test_no_variable_switches_the_gate_off(name: str) -> None:
    value = {"PANDERA_VALIDATION_ENABLED": "False", "PANDERA_VALIDATION_DEPTH": "SCHEMA_ONLY"}[name]
    code = (
        "import polars as pl; from keystone_nexus.quality.validate import validate; "
        "print(validate('product_category_translation', pl.DataFrame({'product_category_name': ['a', 'a'], "
        "'product_category_name_english': ['b', 'b']})).duplicates)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, name: value}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "2"
