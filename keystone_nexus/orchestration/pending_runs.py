"""The runs that what is pending asks for: one per range of days, one for what has no day."""

from __future__ import annotations

from datetime import date

import dagster as dg

from keystone_nexus.contracts.catalog import dated_tables
from keystone_nexus.lake import builds, ledger
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration.attempts import ACTIVE, Try, Wait, attempt
from keystone_nexus.orchestration.automation import silver_keys
from keystone_nexus.orchestration.partitions import DAYS, range_tags
from keystone_nexus.transforms.pending import Pending, pending, ranges

SILVER_JOBS = ("build_silver", "lakehouse", "undated")


def silver_is_being_built(
    instance: dg.DagsterInstance, statuses: list[dg.DagsterRunStatus] = ACTIVE, but: str | None = None
) -> bool:
    """Whether a run of these statuses, other than the run `but`, builds silver. Landings and builds of gold do not."""
    runs = instance.get_runs(dg.RunsFilter(statuses=statuses))
    return any(run.run_id != but and _builds_silver(run) for run in runs)


def _builds_silver(run: dg.DagsterRun) -> bool:
    if run.asset_selection is not None:
        return any(key.path[0] in ("silver", "quarantine") for key in run.asset_selection)
    return run.job_name in SILVER_JOBS


def requests_for(instance: dg.DagsterInstance, lake: Lake) -> tuple[list[dg.RunRequest], list[str]]:
    """One run per range of pending days, and one for what has no day; and why there is none for the others now.

    Days after a closed partition range wait until the code location is loaded anew (`keystone ui` sees to it).
    """
    last_day = DAYS.get_last_partition_key() or ""
    bronze = Bronze(lake, ledger.read(lake))
    late = pending(lake, bronze)
    newest = builds.read(lake)["sequence"].max() or 0
    cause = f"{bronze.ledger.position}-{newest}"
    wanted = [
        (f"{cause}-{first}-{last}", silver_keys(tables_between(late, first, last)), range_tags(first, last))
        for first, last in ranges([day for day in late.all_days if str(day) <= last_day])
    ]
    rest = undated_keys(late)
    if rest:
        wanted.append((f"{cause}-undated", rest, {}))
    found = [(attempt(instance, work), keys, tags) for work, keys, tags in wanted]
    requests = [
        dg.RunRequest(run_key=one.key, asset_selection=keys, tags=tags | one.tags)
        for one, keys, tags in found
        if isinstance(one, Try)
    ]
    return requests, [f"{_what(tags)}: {one.why}" for one, _, tags in found if isinstance(one, Wait)]


def _what(tags: dict[str, str]) -> str:
    first, *last = tags.values() or ["what has no day"]
    return " to ".join(dict.fromkeys([first, *last]))


def tables_between(late: Pending, first: date, last: date) -> list[str]:
    """The dated tables with a pending day in a range."""
    return [s.name for s in dated_tables() if any(first <= d <= last for d in late.days.get(s.name, []))]


def undated_keys(late: Pending) -> list[dg.AssetKey]:
    return silver_keys(late.tables) + ([dg.AssetKey(["quarantine", "undated"])] if late.undated else [])
