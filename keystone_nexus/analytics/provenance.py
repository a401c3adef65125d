"""What every page and slide says of itself: data through when, built when from which gold, and how the gates stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from keystone_nexus.analytics.code import code_version
from keystone_nexus.analytics.fit import fit
from keystone_nexus.analytics.gold import Gold
from keystone_nexus.lake import builds, ledger
from keystone_nexus.lake import gold as golds
from keystone_nexus.lake.acceptances import accepted
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.silver_state import silver_digest
from keystone_nexus.quality.gates import apply, breaches
from keystone_nexus.transforms.pending import unbuilt

CREDIT = "data: Olist Brazilian e-commerce, CC BY-NC-SA 4.0"


@dataclass(frozen=True, slots=True)
class Provenance:
    """`data_through` is the day of the last order, None where there is none; `gold_built_at` in UTC.

    `closed` and `accepted` are the gates' sentences: those that withhold gold, and known breaches that were let pass.
    `behind` says that silver has what this gold has not. `code` is the commit that made the page.
    """

    data_from: date | None
    data_through: date | None
    gold_version: int
    gold_built_at: str
    closed: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    rejected_rows: int = 0
    behind: bool = False
    code: str = ""

    @property
    def gates(self) -> str:
        """In words, for a line of small print."""
        state = f"{len(self.closed)} closed" if self.closed else "all open"
        known = f", {len(self.accepted)} known breach accepted" if self.accepted else ""
        older = ", gold is older than silver" if self.behind else ""
        return f"quality gates {state}{known}, {self.rejected_rows:,} rows in quarantine{older}"

    @property
    def line(self) -> str:
        """One line for the foot of a page or slide."""
        through = f"data through {self.data_through}" if self.data_through else "no orders yet"
        if not self.gold_version:
            return f"no gold was published yet · {self.gates}"
        code = f" · code {self.code}" if self.code else ""
        return fit(f"{through} · gold {self.gold_version} built {self.gold_built_at} UTC · {self.gates}{code}")


def provenance_of(lake: Lake, gold: Gold | None, closed: Sequence[str] = ()) -> Provenance:
    """Of the gold that is published, which may be older than what the gates say of silver now; None: of none yet.

    `closed` are sentences of gates that the lake's own records do not know of.
    """
    first, last = _span(gold) if gold else (None, None)
    current = next((one for one in golds.versions(lake) if one.current), None)
    built = builds.read(lake)
    known = accepted(lake)
    verdicts = [
        apply(verdict, known) for verdict in breaches(built, [], unbuilt(Bronze(lake, ledger.read(lake)), built))
    ]
    published = golds.published(lake) if current else {}
    return Provenance(
        first,
        last,
        current.number if current else 0,
        current.built_at[:16].replace("T", " ") if current else "unknown",
        tuple(dict.fromkeys([*(v.sentence() for v in verdicts if v.blocks), *closed])),
        tuple(v.sentence() for v in verdicts if v.passed is False and v.accepted is not None),
        int(built["quarantined"].sum()),
        bool(published) and published.get("silver") != silver_digest(built),
        code_version(),
    )


def _span(gold: Gold) -> tuple[date | None, date | None]:
    """The first and the last day with orders."""
    return gold.frame("select min(date), max(date) from gold.daily_sales").row(0)
