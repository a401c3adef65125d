"""The page: figures gathered, one template, one style sheet, nothing to fetch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from keystone_nexus.analytics import words
from keystone_nexus.analytics.provenance import Provenance
from keystone_nexus.analytics.quality_dashboard.arrivals import arrivals
from keystone_nexus.analytics.quality_dashboard.calendar import HEIGHT, WIDTH, calendar
from keystone_nexus.analytics.quality_dashboard.checks import CheckResult, counts
from keystone_nexus.analytics.quality_dashboard.samples import samples
from keystone_nexus.analytics.quality_dashboard.tables import TableQuality, table_qualities
from keystone_nexus.analytics.style import sheet
from keystone_nexus.analytics.templates import templates
from keystone_nexus.lake import ledger as ledgers
from keystone_nexus.lake.acceptances import accepted
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import Ledger

HERE = Path(__file__).parent
MOST_ARRIVALS, MOST_DAYS = 60, 40


def build_quality_dashboard(lake: Lake, provenance: Provenance, checks: Sequence[CheckResult]) -> str:
    """One HTML file. `checks`: the newest evaluation of every check that has one."""
    environment = templates(HERE)
    environment.filters |= {"count": words.count, "share": _share, "moment": _moment}
    ledger = ledgers.read(lake)
    found = table_qualities(lake, ledger, checks)
    arrived = arrivals(ledger)
    return environment.get_template("page.html").render(
        style=sheet(HERE / "page.css"),
        provenance=provenance,
        tables=found,
        totals=_totals(found, provenance, checks),
        samples={one.name: samples(lake, one.spec, ledger) for one in found if one.balance.quarantined},
        calendars={one.name: calendar(one.days) for one in found if one.days},
        calendar_size=(WIDTH, HEIGHT),
        gold_checks=sorted(
            (c for c in checks if c.asset.startswith("gold/")), key=lambda c: (c.passed is True, c.asset, c.check)
        ),
        acceptances=accepted(lake),
        arrivals=arrived[:MOST_ARRIVALS],
        arrivals_in_all=len(arrived),
        events=_events(ledger),
        most_days=MOST_DAYS,
        built_at=datetime.now(UTC),
        age=_age,
    )


def _totals(found: list[TableQuality], provenance: Provenance, checks: Sequence[CheckResult]) -> dict[str, int]:
    """The figures at the top, by their `data-kpi`."""
    every = [c for one in found for c in one.checks]
    listed = {(c.asset, c.check) for c in every}
    every += [c for c in checks if c.partition is None and (c.asset, c.check) not in listed]
    by_outcome = {f"checks_{name}": n for name, n in counts(every).items()}
    states = ("passed", "warned", "failed", "pending", "empty")
    by_state = {f"days_{state}": sum(one.days_of(state) for one in found) for state in states}
    return {
        **by_outcome,
        **by_state,
        "rows_bronze": sum(one.balance.bronze for one in found),
        "rows_silver": sum(one.balance.silver for one in found),
        "rows_quarantined": sum(one.balance.quarantined for one in found),
        "tables": len(found),
        "tables_balanced": sum(one.balance.difference == 0 for one in found),
        "gates_closed": len(provenance.closed),
    }


def _events(ledger: Ledger) -> dict[str, int] | None:
    """Records of the stream, and those that are no events."""
    ranges = [one for _, one in ledger.ranges]
    if not ranges:
        return None
    return {"records": sum(one.rows for one in ranges), "poison": sum(ledger.poison_left(one) for one in ranges)}


def _share(value: words.Figure) -> str:
    """Rejects are few: 31 of 738,336 is not 0.00 %."""
    few = value is not None and 0 < abs(value) < 0.0005
    return words.share(value, 4 if few else 2)


def _moment(then: datetime | str | None) -> str:
    return _utc(then).strftime("%Y-%m-%d %H:%M") if then else "never"


def _age(then: datetime | str | None) -> str:
    """How old something was when the page was made, where that is worth a word."""
    hours = (datetime.now(UTC) - _utc(then)).total_seconds() / 3600 if then else 0
    if hours < 1:
        return ""
    return f" ({hours:,.0f} h before this page)" if hours < 48 else f" ({hours / 24:,.0f} days before this page)"


def _utc(then: datetime | str) -> datetime:
    at = datetime.fromisoformat(then.replace("Z", "+00:00")) if isinstance(then, str) else then
    return at.replace(tzinfo=UTC)
