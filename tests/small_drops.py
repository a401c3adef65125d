"""Small data for tests: values good and damaged, drops of a handful of rows, lakes built from them."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import strategies as st

from keystone_nexus.lake.days import OBJECT, day_of
from keystone_nexus.lake.lake import Lake
from keystone_nexus.source.land import Landed, land
from keystone_nexus.transforms.build import Session, build_days, build_table, build_undated_quarantine
from keystone_nexus.transforms.pending import Pending, everything, pending, ranges
from tests.oracle import DATED, KINDS, Expected, Row, silver_name

Drop = dict[str, list[Row]]
FILES = {"product_category_translation": "product_category_name_translation.csv"}
TODAY = datetime.now(UTC).date()

GOOD: dict[str, list[str]] = {
    "id": ["a1", "b 2", "ç3", "  padded  "],
    "text": ["beleza_saude", " two words ", "", "Ünïcode"],
    "free": ["  kept as written  ", "", "two\nlines", 'a "quote", a comma', "São Paulo"],
    "status": ["delivered", " shipped "],
    "payment_type": ["boleto", "credit_card\t"],
    "state": ["SP", "RJ "],
    "zip": ["01310", " 99999"],
    "money": ["0", "0.5", "12.34", " 9999999999.99 ", "-0.00", "00012.10", "0000000000000001"],
    "int": ["", "0", "-7", " 42 ", "007", str(2**63 - 1)],
    "int!": ["1", " 2 ", "-3", str(-(2**63))],
    "score": ["1", "5", " 3 "],
    "lat": ["-23.5", "5.28", "-33.76", "-0", "0.0"],
    "lng": ["-46.6", "-28.83", "-73.99"],
    "time": ["", "2018-02-28 23:59:59", "0001-01-01 00:00:00", "9999-12-31 23:59:59"],
    "time!": ["2018-03-01 00:00:00", " 2020-02-29 12:00:00 "],
    "day": ["2016-09-01 00:00:00", "2018-01-05 10:00:00 "],
}
"""Kind of a column (tests/oracle.py) -> texts that break no rule."""
BLANK = ["", "   ", "\t", "\u00a0"]
NUMBERS = ["x", "1e3", "NaN", "inf", "1,5", "1_000", "--1", "+1", "1.", ".5", "0x10", "٣", "1 2"]
NO_TIMES = ["2018-02-30 00:00:00", "2018-01-05", "10:00:00", "2018-01-05T10:00:00", "2018-13-01 00:00:00"]
NO_TIMES += [
    "2018-01-05 24:00:00",
    "2018-01-05 10:00:60",
    "0000-01-01 00:00:00",
    "2018-1-5 1:00:00",
    "05/01/2018 10:00",
]
DAMAGED: dict[str, list[str]] = {
    "id": BLANK,
    "text": [],
    "free": [],
    "status": [*BLANK, "Delivered", "lost"],
    "payment_type": [*BLANK, "pix", "BOLETO"],
    "state": [*BLANK, "XX", "sp"],
    "zip": [*BLANK, "1234", "123456", "0131a", "٠١٣١٠", "01310\n1"],
    "money": [*BLANK, *NUMBERS, "-1", "-0.01", "1.234", "10000000000", "9" * 60],
    "int": [*NUMBERS, "1.0", str(2**63), "9" * 60],
    "int!": [*BLANK, *NUMBERS, "1.0", str(-(2**63) - 1)],
    "score": [*BLANK, *NUMBERS, "0", "6", "-1", "4.5"],
    "lat": [*BLANK, *NUMBERS, "5.29", "-33.77", "9" * 400],
    "lng": [*BLANK, *NUMBERS, "-28.82", "-74", "180"],
    "time": NO_TIMES,
    "time!": [*BLANK, *NO_TIMES],
    "day": [*BLANK, *NO_TIMES, "2016-08-31 23:59:59", "0001-01-01 00:00:00", "2999-12-31 00:00:00"],
}
"""Kind of a column -> texts that break a rule."""


def rows_of(table: str, pools: dict[str, list[str]] | None = None, damaged: int = 2) -> st.SearchStrategy[Row]:
    """Rows of a table, one in `damaged` of them with some damaged values. `pools` gives the texts of some columns."""
    kinds = KINDS[table]
    good = {c: st.sampled_from((pools or {}).get(c) or GOOD[k]) for c, k in kinds.items()}
    odd = st.text("0123456789-+.e: ", max_size=21)
    damage = [st.tuples(st.just(c), st.sampled_from(DAMAGED[k]) | odd) for c, k in kinds.items() if DAMAGED[k]]
    some = st.one_of(*[st.just([])] * (damaged - 1), st.lists(st.one_of(damage), min_size=1, max_size=3))
    return st.builds(lambda row, worse: row | dict(worse), st.fixed_dictionaries(good), some)


POOLS: dict[str, list[str]] = {
    "order_id": ["o1", "o2", " o1 "],
    "customer_id": ["c1", "c2"],
    "product_id": ["p1", "p2"],
    "seller_id": ["s1", "s2"],
    "review_id": ["r1", "r2"],
    "order_item_id": ["1", "2", "01"],
    "payment_sequential": ["1", "2"],
    "order_purchase_timestamp": ["2018-01-05 10:00:00", "2018-01-06 23:59:59", "2017-03-01 00:00:00"],
    "order_delivered_customer_date": ["", "2018-02-01 00:00:00"],
    "review_creation_date": ["2018-01-05 00:00:00", "2018-02-20 00:00:00"],
    "price": ["10.00", "0.5"],
    "product_category_name": ["beleza", "pet", " pet "],
}
"""Few keys and days, so that drops meet."""


def drops() -> st.SearchStrategy[Drop]:
    """Drops of some tables, a few rows of each, one in ten damaged; a ragged record now and then."""
    files = {table: st.lists(_records(table), min_size=1, max_size=3) for table in KINDS}
    return st.sets(st.sampled_from(list(KINDS)), min_size=1, max_size=5).flatmap(
        lambda chosen: st.fixed_dictionaries({table: files[table] for table in KINDS if table in chosen})
    )


def first_drops() -> st.SearchStrategy[Drop]:
    """Drops of all tables, as a lake's first must be, most of whose rows find their parents."""
    few = {table: st.lists(_records(table), max_size=3 if table in DATED else 1) for table in KINDS}
    parents = {table: [good_row(table, **{key: text}) for text in texts] for table, (key, texts) in PARENTS.items()}
    some = {t: st.lists(st.sampled_from(rows), min_size=1, max_size=3) for t, rows in parents.items()}
    return st.fixed_dictionaries({table: some.get(table, few[table]) for table in KINDS})


def several_drops(least: int = 1, most: int = 4) -> st.SearchStrategy[list[Drop]]:
    """A lake's first drops."""
    return st.builds(lambda a, b: [a, *b], first_drops(), st.lists(drops(), min_size=least - 1, max_size=most - 1))


def _records(table: str) -> st.SearchStrategy[Row]:
    return st.one_of(*[rows_of(table, POOLS, damaged=9)] * 12, st.just({}))


def good_row(table: str, **values: str) -> Row:
    """A row that breaks no rule, every optional value blank or the first of its kind."""
    row = {column: (POOLS.get(column) or GOOD[kind])[0] for column, kind in KINDS[table].items()}
    return row | values


PARENTS = {
    "customers": ("customer_id", ["c1", "c2"]),
    "products": ("product_id", ["p1", "p2"]),
    "sellers": ("seller_id", ["s1", "s2"]),
}
EMPTY: Drop = {table: [] for table in KINDS}


def first(drop: Drop) -> Drop:
    """The drop with every table in it, as a lake's first one must be."""
    return EMPTY | drop


def write(drop: Drop, folder: Path) -> Path:
    """Writes one CSV per table."""
    folder.mkdir(parents=True)
    for table, rows in drop.items():
        name = FILES.get(table, f"olist_{table}_dataset.csv")
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(KINDS[table])
            writer.writerows([row[c] for c in KINDS[table]] if row else ["ragged"] for row in rows)
    return folder


def new_lake(root: Path) -> Lake:
    lake = Lake(root)
    lake.create()
    return lake


def land_drop(lake: Lake, drop: Drop, folder: Path) -> Landed:
    return land(lake, str(write(drop, folder)))


def build(lake: Lake, todo: Pending) -> None:
    """Builds as a run does: ranges of days, then what has no day."""
    session = Session(lake, "test")
    for start, end in ranges(todo.all_days):
        for name in (t for t, days in todo.days.items() if any(start <= d <= end for d in days)):
            built = build_days(session, name, start, end)
            assert set(built["checks"]) <= {"{}"}, built["checks"]
    for name in todo.tables:
        build_table(session, name)
    if todo.undated:
        build_undated_quarantine(session)


def build_pending(lake: Lake) -> Pending:
    """Builds what the ledger says is pending, and no more. Returns what that was."""
    todo = pending(lake)
    build(lake, todo)
    return todo


def build_everything(lake: Lake) -> None:
    build(lake, everything(Session(lake, "test").bronze))


def objects(lake: Lake) -> dict[str, bytes]:
    """Every published object of silver and quarantine."""
    return {
        lake.key(path): path.read_bytes()
        for layer in ("silver", "quarantine")
        for path in sorted(lake.layer(layer).rglob(f"{OBJECT}"))
    }


def silver(lake: Lake, table: str) -> Counter[tuple[Any, ...]]:
    """The rows of silver, and for a dated table the day of each."""
    found: Counter[tuple[Any, ...]] = Counter()
    for path in lake.layer("silver").glob(f"{table}/**/{OBJECT}"):
        day = day_of(path.parent) if path.parent.name.startswith("day=") else None
        found.update((*row, day) for row in pl.read_parquet(path, glob=False).iter_rows())
    return found


def quarantine(lake: Lake, table: str) -> Counter[tuple[Any, ...]]:
    """The rows of quarantine: the source's text, the rules, the day, which is also that of the folder."""
    found: Counter[tuple[Any, ...]] = Counter()
    for path in lake.layer("quarantine").glob(f"{table}/**/{OBJECT}"):
        for row in pl.read_parquet(path, glob=False).iter_rows(named=True):
            assert row["_day"] == day_of(path.parent)
            found[(*(row[c] for c in KINDS[table]), frozenset(row["_rules"]), row["_day"])] += 1
    return found


def expected_silver(expected: Expected, table: str) -> Counter[tuple[Any, ...]]:
    columns = [silver_name(c) for c in KINDS[table]]
    winners = (v for v in expected.versions[table] if v.outcome == "silver")
    return Counter((*(v.values[c] for c in columns), v.day) for v in winners)


def expected_quarantine(expected: Expected, table: str) -> Counter[tuple[Any, ...]]:
    rejected = (v for v in expected.versions[table] if v.outcome == "quarantined")
    return Counter((*(v.row.get(c) for c in KINDS[table]), frozenset(v.rules), v.day) for v in rejected)
