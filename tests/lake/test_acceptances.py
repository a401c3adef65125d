"""Who let which breach pass: what an acceptance covers, and that none is lost."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from keystone_nexus.lake import acceptances
from keystone_nexus.lake.acceptances import accept, accepted
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.lake import Lake
from tests.small_drops import new_lake

TODAY = date(2018, 1, 5)


@pytest.fixture
def empty_lake(tmp_path: Path) -> Lake:
    return new_lake(tmp_path / "lake")


def test_an_empty_lake_accepts_nothing(empty_lake: Lake) -> None:
    assert accepted(empty_lake) == []


def test_acceptances_are_kept_in_order_with_who_and_when(empty_lake: Lake) -> None:
    first = accept(empty_lake, "silver/orders", "reject_budget", None, "known", None)
    second = accept(empty_lake, "silver/orders", "row_rules", "2018-01-05", "known too", "2018-02-01")
    assert accepted(empty_lake) == [first, second]
    assert first.by
    assert first.at.endswith("Z")


def test_no_acceptance_is_lost_where_two_fall_on_one_instant(empty_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acceptances.time, "time_ns", lambda: 1_700_000_000_000_000_000)
    for reason in ("first", "second"):
        accept(empty_lake, "silver/orders", "reject_budget", None, reason, None)
    assert [a.reason for a in accepted(empty_lake)] == ["first", "second"]


@pytest.mark.parametrize(
    ("partition", "until", "asset", "check", "asked", "covers"),
    [
        (None, None, "silver/orders", "row_rules", "2018-01-01", True),
        (None, None, "silver/orders", "row_rules", None, True),
        (None, None, "silver/orders", "reject_budget", None, False),
        (None, None, "silver/order_items", "row_rules", None, False),
        ("2018-01-01", None, "silver/orders", "row_rules", "2018-01-01", True),
        ("2018-01-01", None, "silver/orders", "row_rules", "2018-01-02", False),
        ("2018-01-01", None, "silver/orders", "row_rules", None, False),
        (None, "2018-01-05", "silver/orders", "row_rules", None, True),
        (None, "2018-01-06", "silver/orders", "row_rules", None, True),
        (None, "2018-01-04", "silver/orders", "row_rules", None, False),
    ],
)
def test_an_acceptance_covers_its_check_its_partition_and_its_time(
    empty_lake: Lake, partition: str | None, until: str | None, asset: str, check: str, asked: str | None, covers: bool
) -> None:
    one = accept(empty_lake, "silver/orders", "row_rules", partition, "known", until)
    assert one.covers(asset, check, asked, TODAY) is covers


@pytest.mark.parametrize("content", [b"", b"[]", b'{"asset": "silver/orders"}', b"\xff"])
def test_an_unreadable_acceptance_is_refused_by_the_name_of_its_file(empty_lake: Lake, content: bytes) -> None:
    accept(empty_lake, "silver/orders", "row_rules", None, "known", None)
    (path,) = (empty_lake.root / "accepted").iterdir()
    path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        accepted(empty_lake)
    assert str(path) in str(refused.value)
