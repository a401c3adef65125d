"""Some rejected rows of a table, each with the file and record that it came from. Personal values are not shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from keystone_nexus.contracts.catalog import Table
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import BronzeFile, Ledger
from keystone_nexus.lake.masking import personal_columns
from keystone_nexus.lake.sql import query

PER_REASON, MOST, LONGEST = 3, 12, 200
PERSONAL = "(personal, not shown)"


@dataclass(frozen=True, slots=True)
class Sample:
    """One rejected row. `broken` are the fields that its rules name, `fields` all that the record holds."""

    rules: list[str]
    day: date | None
    file: str
    source_object: str
    source_row: int
    broken: list[tuple[str, str]]
    fields: list[tuple[str, str]]
    look_up: str


def samples(lake: Lake, spec: Table, ledger: Ledger) -> list[Sample]:
    """Up to three rows of each combination of rules, the first by file and record."""
    answer = query(
        lake,
        f"select * from quarantine.{spec.name} "
        "qualify row_number() over (partition by _rules order by _source_object, _source_row) <= "
        f"{PER_REASON} order by _rules, _source_object, _source_row limit {MOST}",
    )
    names = {
        str(one.object): one.name if isinstance(one, BronzeFile) else f"events of partition {one.partition}"
        for _, one in ledger.sources(spec.name)
    }
    return [_sample(spec, dict(zip(answer.columns, row, strict=True)), names) for row in answer.rows]


def _sample(spec: Table, row: dict[str, Any], names: dict[str, str]) -> Sample:
    personal = personal_columns("quarantine", spec.name)
    shown = {
        name: PERSONAL if name in personal else _short(value)
        for name, value in row.items()
        if value is not None and (not name.startswith("_") or name == "_raw")
    }
    rules: list[str] = row["_rules"] or []
    where = str(row["_source_object"])
    quoted = where.replace("'", "''")
    return Sample(
        rules,
        row["_day"],
        names.get(where, where.rpartition("/")[2]),
        where,
        int(row["_source_row"]),
        [(name, shown.get(name, "(empty)")) for name in _columns_of(spec, rules, row)],
        list(shown.items()),
        f"select * from bronze.{spec.name} where _source_object = '{quoted}' and _source_row = {row['_source_row']}",
    )


def _columns_of(spec: Table, rules: list[str], row: dict[str, Any]) -> list[str]:
    """The source's columns that the rules name: `range:price`, `order:a,b`; the text of what is no record."""
    sources = {c.name: c.source for c in spec.columns}
    named = [name for rule in rules for name in rule.partition(":")[2].split(",")]
    found = list(dict.fromkeys(sources[name] for name in named if sources.get(name) in row))
    return found or (["_raw"] if row["_raw"] is not None else [])


def _short(value: Any) -> str:
    text = str(value)
    if not text.strip():
        return "(empty)"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"
