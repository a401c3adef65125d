"""`key_insights.md`: what gold says, each claim with its figures, the query that gives them, and its caveat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from keystone_nexus.analytics import words
from keystone_nexus.analytics.claims import SECTIONS, Claim, Row
from keystone_nexus.analytics.gold import Gold
from keystone_nexus.analytics.markdown import escaped, table
from keystone_nexus.analytics.provenance import CREDIT, Provenance


def build_key_insights(gold: Gold, provenance: Provenance) -> str:
    """The whole document."""
    return "\n\n".join(_parts(gold, provenance)) + "\n"


def _parts(gold: Gold, provenance: Provenance) -> Iterator[str]:
    yield "# Key insights"
    yield _period(provenance)
    for section, claims in SECTIONS.items():
        yield f"## {section}"
        for claim in claims:
            yield from _claim(gold, claim)
    yield "---"
    yield f"{provenance.line} · {CREDIT}"


def _period(provenance: Provenance) -> str:
    if provenance.data_through is None:
        return "There are no orders yet: nothing can be said of sales, deliveries or customers."
    return (
        f"Orders from {provenance.data_from} to {provenance.data_through}. Amounts are in Brazilian reais. "
        "Every figure is a cell of the answer of the query below it, which runs against the schema `gold` as it stands."
    )


def _claim(gold: Gold, claim: Claim) -> Iterator[str]:
    rows = list(gold.frame(claim.sql).iter_rows(named=True))
    yield f"### {claim.title}"
    yield claim.say(rows) if rows else claim.nothing
    yield f"```sql\n{claim.sql.strip()}\n```"
    if rows:
        yield _answer(rows)
    yield f"*Caveat:* {claim.caveat}"


def _answer(rows: list[Row]) -> str:
    columns = list(rows[0])
    numeric = [isinstance(rows[0][c], int | float | Decimal) for c in columns]
    return table(columns, [[_cell(row[c]) for c in columns] for row in rows], numeric)


def _cell(value: Any) -> str:
    if value is None:
        return words.NONE
    if isinstance(value, int) or (isinstance(value, Decimal) and value.as_tuple().exponent == 0):
        return words.count(value)
    if isinstance(value, float | Decimal):
        return words.number(value, 2 if abs(value) >= 10 else 4)
    return str(value) if isinstance(value, date) else escaped(value)
