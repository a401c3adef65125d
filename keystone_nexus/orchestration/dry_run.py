"""What a run would change, found without changing anything."""

from __future__ import annotations

from datetime import date
from typing import Any

from keystone_nexus.lake import builds, ledger
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.lake import Lake
from keystone_nexus.source.land import staged_drop
from keystone_nexus.transforms.affected import compute
from keystone_nexus.transforms.pending import Pending, everything, pending, with_change


def dry_run(lake: Lake, source: str | None, first: date | None, last: date | None, all_days: bool) -> dict[str, Any]:
    """Files that would land, days per dated table, undated tables, and months of gold that would be rebuilt."""
    held = ledger.read(lake)
    files: list[str] = []
    if source is None:
        late = everything(Bronze(lake, held)) if all_days else pending(lake)
    else:
        with staged_drop(lake, source) as landed:
            files = [f.name for f in landed.entry.files] if landed.entry else []
            late = _with_entry(lake, held, landed.entry, all_days)
    if first or last:
        late = late.between(first or date.min, last or date.max)
    return {
        "files": files,
        "days": {table: [str(d) for d in days] for table, days in late.days.items()},
        "tables": late.tables,
        "months": sorted({f"{d:%Y-%m}" for d in late.all_days}),
    }


def _with_entry(lake: Lake, held: ledger.Ledger, entry: ledger.Entry | None, all_days: bool) -> Pending:
    if entry is None:
        return pending(lake)
    after = Bronze(lake, ledger.Ledger([*held.entries, entry]))
    if all_days:
        return everything(after)
    return with_change(lake, after, builds.read(lake), compute(after))
