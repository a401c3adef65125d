"""`key_insights.md`: each query in it runs and gives the figures said; odd data makes sense."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from keystone_nexus.analytics import words
from keystone_nexus.analytics.gold import Gold, gold_of
from keystone_nexus.analytics.insights import build_key_insights
from keystone_nexus.analytics.markdown import escaped
from keystone_nexus.analytics.provenance import CREDIT, provenance_of
from keystone_nexus.lake.lake import Lake
from tests.analytics import odd_gold

CLAIM = re.compile(r"^### (.+?)\n\n(.+?)\n\n```sql\n(.+?)\n```\n\n(.*?)\*Caveat:\* (.+?)$", re.S | re.M)
NUMBER = re.compile(r"R\$ -?[\d,]+\.\d\d|-?[\d,]*\d(?:\.\d+)?(?: %)?")


def written(value: Any) -> set[str]:
    """All the ways in which a figure may be written."""
    if isinstance(value, date):
        return {words.month(value).split()[1]}
    if value is None or isinstance(value, str):
        return set(NUMBER.findall(str(value)))
    value = abs(value)
    return {
        words.count(value),
        words.money(value),
        words.share(value),
        str(words.rounded(value, 1)),
        str(words.rounded(value, 2)),
    }


def check(text: str, gold: Gold) -> int:
    """Runs every query and finds every figure of the sentence in its answer. Returns how many figures there were."""
    found = 0
    claims = CLAIM.findall(text)
    assert len(claims) == text.count("\n### ")
    for title, sentence, sql, _, caveat in claims:
        assert caveat
        frame = gold.frame(sql)
        known = {w for row in frame.iter_rows() for value in row for w in written(value)}
        known |= {"5", "1", "2", "100"}  # of 5, 1 or 2 stars, at least 100 deliveries
        for figure in NUMBER.findall(sentence.replace("**", "")):
            found += 1
            assert figure in known, f"{title}: {figure} is not in the answer of its query"
    return found


def test_every_figure_is_in_the_answer_of_its_query(built_lake: Path) -> None:
    lake = Lake(built_lake)
    gold = gold_of(lake)
    provenance = provenance_of(lake, gold)
    text = build_key_insights(gold, provenance)
    assert check(text, gold) > 20
    assert text.endswith(f"{provenance.line} · {CREDIT}\n")


def test_a_changed_figure_is_found(built_lake: Path) -> None:
    gold = gold_of(Lake(built_lake))
    text = build_key_insights(gold, odd_gold.NOTHING)
    figure = re.search(r"\*\*([\d,]+)\*\* of \*\*[\d,]+\*\* deliveries", text)
    assert figure
    with pytest.raises(AssertionError, match="is not in the answer"):
        check(text.replace(figure.group(1), "123,456"), gold)


@pytest.mark.real
def test_the_known_answers_of_the_real_data(real_lake: Path) -> None:
    lake = Lake(real_lake)
    gold = gold_of(lake)
    text = build_key_insights(gold, provenance_of(lake, gold))
    assert check(text, gold) > 40
    for said in (
        "First by revenue is **health_beauty** (**R$ 1,258,681.34**, 9.3 % of revenue), then **watches_gifts**",
        "By units **bed_bath_table** leads",
        "**6,534** of **96,470** deliveries were late: **6.8 %**",
        "**12.50 days**",
        "**Mar 2018** with **19.0 %** late",
        "**2.27** of 5, one on time **4.29**",
        "**53.8 %** of all payments",
        "**2,997** of **96,096** persons",
        "data through 2018-10-17",
    ):
        assert said in text


def test_an_empty_gold_says_that_there_is_nothing(built_lake: Path, tmp_path: Path) -> None:
    gold = odd_gold.empty(built_lake, tmp_path)
    text = build_key_insights(gold, odd_gold.NOTHING)
    assert check(text, gold) == 0 or "100 deliveries" in text
    assert "No deliveries in this period." in text
    assert "There are no orders yet" in text
    assert "None" not in text
    assert "nan" not in text.lower().split()


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (odd_gold.NO_DELIVERIES, "No deliveries in this period."),
        (odd_gold.NO_REVIEWS, "No delivery in this period has a review."),
        (odd_gold.ONE_STATE, "SP"),
        (("delete from gold.customer_value_cohorts where value_cohort = 'high'",), "too few to compare"),
        (("update gold.fact_orders set is_late = false where is_late",), "All reviewed deliveries were on time"),
    ],
)
def test_odd_data_makes_sense(built_lake: Path, tmp_path: Path, statements: tuple[str, ...], said: str) -> None:
    gold = odd_gold.changed(built_lake, tmp_path, *statements)
    text = build_key_insights(gold, odd_gold.NOTHING)
    assert check(text, gold) > 5
    assert said in text
    assert "None" not in text


def test_text_from_data_formats_nothing(built_lake: Path, tmp_path: Path) -> None:
    text = build_key_insights(odd_gold.changed(built_lake, tmp_path, *odd_gold.HOSTILE), odd_gold.NOTHING)
    assert "<script>" not in text
    assert "&lt;script&gt;alert\\(1\\)&lt;/script&gt;\\|\\*x\\*" in text


def test_escaping_keeps_names_readable() -> None:
    assert escaped("health_beauty") == "health_beauty"
    assert escaped("_x_\n# y") == "\\_x\\_ \\# y"
    assert escaped(Decimal("1.50")) == "1.50"
