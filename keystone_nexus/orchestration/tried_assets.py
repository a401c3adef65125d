"""Which runs tried to build an asset that is asked for by its automation condition: they carry no name of their work."""

from __future__ import annotations

import dagster as dg
from dagster._core.storage.dagster_run import RunRecord

from keystone_nexus.orchestration.attempts import LOOKED_AT, OVER, Wait, wait_after


def held_up(instance: dg.DagsterInstance, key: dg.AssetKey) -> Wait | None:
    """Why the asset is not to be tried now; None where nothing holds it up."""
    step = "gold" if key.path[0] == "gold" else "__".join(key.path)
    return wait_after(instance, tried(instance, key), until_change=True, step=step)


def tried(instance: dg.DagsterInstance, key: dg.AssetKey) -> list[RunRecord]:
    """The runs that were to build an asset and are over, newest first, none older than the one that built it last."""
    planned = instance.fetch_planned_materializations(key, limit=LOOKED_AT).records
    run_ids = list(dict.fromkeys(record.run_id for record in planned))
    built = instance.get_latest_materialization_event(key)
    if built is not None and built.run_id in run_ids:
        # The run may have failed with another asset of it.
        run_ids = run_ids[: run_ids.index(built.run_id)]
    elif built is not None:
        run_ids = [record.run_id for record in planned if record.timestamp > built.timestamp]
    if not run_ids:
        return []
    return list(instance.get_run_records(dg.RunsFilter(run_ids=run_ids, statuses=OVER)))
