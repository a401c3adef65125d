"""How pending days become the ranges that are built by a run each."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given

from keystone_nexus.transforms.pending import MOST, NEAR, ranges

FIRST = date(2017, 1, 1)


def span(*numbers: int) -> list[date]:
    return [FIRST + timedelta(n) for n in numbers]


@pytest.mark.parametrize(
    ("days", "wanted"),
    [
        ([], []),
        ([5], [(5, 5)]),
        ([3, 1, 2, 3 + NEAR], [(1, 3 + NEAR)]),
        ([1, 2 + NEAR], [(1, 1), (2 + NEAR, 2 + NEAR)]),
        ([0, 20, 50, 90, 140, 150], [(0, 20), (50, 50), (90, 90), (140, 150)]),
    ],
)
def test_days_share_a_range_where_they_are_near_or_ranges_would_be_too_many(
    days: list[int], wanted: list[tuple[int, int]]
) -> None:
    assert ranges(span(*days)) == [tuple(span(*pair)) for pair in wanted]


@given(st.sets(st.integers(0, 800)))
def test_every_day_is_in_one_of_a_few_ranges_that_begin_and_end_with_a_day(numbers: set[int]) -> None:
    days = set(span(*numbers))
    found = ranges(list(days))
    assert len(found) <= MOST
    assert all(sum(first <= day <= last for first, last in found) == 1 for day in days)
    assert {day for pair in found for day in pair} <= days
    parted = [(second[0] - first[1]).days for first, second in pairwise(found)]
    assert all(gap > NEAR for gap in parted)
    within = [(b - a).days for a, b in pairwise(sorted(days)) if any(first <= a and b <= last for first, last in found)]
    assert len(found) < MOST or not parted or max(within, default=0) <= min(parted)
