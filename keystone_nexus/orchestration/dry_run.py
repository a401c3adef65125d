"""What a run would change, found without changing anything."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from typing import Any

from keystone_nexus.lake import builds, ledger
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration.runner import limited, wants_gold
from keystone_nexus.source.land import staged_drop
from keystone_nexus.transforms.affected import compute
from keystone_nexus.transforms.gold_months import months_to_rebuild
from keystone_nexus.transforms.pending import Pending, everything, pending, with_change


def dry_run(
    lake: Lake,
    source: str | None,
    first: date | None,
    last: date | None,
    all_days: bool,
    selected: set[str] | None = None,
) -> dict[str, Any]:
    """Files that would land, days per dated table, undated tables, and months of gold that would be rebuilt."""
    held = ledger.read(lake)
    with staged_drop(lake, source) if source else nullcontext() as landed:
        entry = landed.entry if landed else None
        after = Bronze(lake, ledger.Ledger([*held.entries, entry] if entry else held.entries))
        late = limited(_late(lake, after, entry, all_days), first, last, selected)
        return {
            "files": [f.name for f in entry.files] if entry else [],
            "passed_over": landed.passed_over if landed else [],
            "days": {table: [str(d) for d in days] for table, days in late.days.items()},
            "tables": late.tables,
            "months": months_to_rebuild(lake, after, late) if wants_gold(selected) and not late.none else [],
        }


def _late(lake: Lake, after: Bronze, entry: ledger.Entry | None, all_days: bool) -> Pending:
    if entry is None:
        return everything(after) if all_days else pending(lake)
    change = compute(after)
    if all_days:
        return everything(after, change)
    return with_change(lake, after, builds.read(lake), change)
