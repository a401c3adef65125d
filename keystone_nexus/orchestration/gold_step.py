"""The gold step: held back by the gates of silver, then built, audited and published, then reported."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake import builds, gold, ledger
from keystone_nexus.lake.acceptances import accepted
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.errors import Breach, EnvironmentFault, of_the_machine
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.silver_state import silver_digest
from keystone_nexus.orchestration.checks import RECONCILIATION, verdict_of
from keystone_nexus.orchestration.dbt_project import project_digest
from keystone_nexus.orchestration.dbt_run import GoldBuild, NodeResult, build_gold
from keystone_nexus.orchestration.evaluations import newest_evaluations
from keystone_nexus.orchestration.progress import report
from keystone_nexus.orchestration.quiet import quiet_silver
from keystone_nexus.orchestration.results import Events
from keystone_nexus.orchestration.retries import retried
from keystone_nexus.orchestration.verdicts import recounted
from keystone_nexus.quality.gates import Verdict, apply, breaches
from keystone_nexus.transforms.pending import unbuilt


@retried
def gold_step(context: dg.AssetExecutionContext, lake: Lake) -> Events:
    """Materialisations only for what was published; otherwise the failed checks, and Breach."""
    with quiet_silver(context.instance, lake, context.run_id):
        closed = closed_gates(context.instance, lake)
        if closed:
            raise Breach("gold is withheld: " + "; ".join(v.sentence() for v in closed))
        report("gold: building and testing")
        build = _build(lake)
    results = {r.unique_id: r for r in build.results}
    if build.published:
        for spec in _parents_first(context.assets_def.specs):
            yield dg.MaterializeResult(asset_key=spec.key, metadata=_metadata(build, spec, results))
    for check in context.assets_def.check_specs:
        outcome = results.get((check.metadata or {}).get("dagster_dbt/unique_id", ""))
        if outcome is not None and outcome.status != "skipped":
            yield _check_result(check, outcome, build.rows.get(check.asset_key.path[-1], 0))
    if not build.published:
        fault = next((said for r in build.results if r.status == "error" and (said := _fault(lake, r))), None)
        if fault is not None:
            raise EnvironmentFault(f"gold was not built, the last good one stays: {fault}")
        raise Breach("gold is withheld, the last good one stays: " + "; ".join([*_failures(build), *build.unlike]))


def _build(lake: Lake) -> GoldBuild:
    if lake.on_s3:
        from keystone_nexus.orchestration.athena_run import build_on_athena

        return build_on_athena(lake)
    return build_gold(lake)


def _fault(lake: Lake, result: NodeResult) -> str | None:
    """What the machine or AWS did to a model, None where the model itself is wrong."""
    if lake.on_s3:
        from keystone_nexus.glue.errors import fault_of_text

        said = fault_of_text(result.message, f"build {result.unique_id.split('.')[2]}")
        return str(said) if isinstance(said, EnvironmentFault) else None
    return _reason(result.message) if of_the_machine(result.message) else None


def gold_is_stale(lake: Lake) -> bool:
    """Whether the published gold is not what silver and the models of now would give, and no rollback holds."""
    said = gold.published(lake)
    now = silver_digest(builds.read(lake))
    if gold.held(lake, now):
        return False
    return said.get("silver") != now or said.get("project") != project_digest()


def closed_gates(instance: dg.DagsterInstance, lake: Lake) -> list[Verdict]:
    """Every gate of silver that is closed now: by the lake's own counts, and by whether the rows add up.

    That was said when a table was built; where Dagster no longer knows it, the rows are counted anew.
    """
    acceptances = accepted(lake)
    built = builds.read(lake)
    found = breaches(built, acceptances, unbuilt(Bronze(lake, ledger.read(lake)), built))
    keys = {t: dg.AssetCheckKey(dg.AssetKey(["silver", t]), RECONCILIATION) for t in tables()}
    newest = newest_evaluations(instance, list(keys.values()))
    sums = [verdict_of(k, newest[k].evaluation) if k in newest else recounted(lake, t) for t, k in keys.items()]
    return [v for v in (*found, *(apply(v, acceptances) for v in sums)) if v.blocks]


def _parents_first(specs: Iterable[dg.AssetSpec]) -> list[dg.AssetSpec]:
    """As Dagster wants them. dbt's own order is that of the engine, where some references are empty."""
    known = {spec.key: spec for spec in specs}
    parents = {key: [dep.asset_key for dep in spec.deps if dep.asset_key in known] for key, spec in known.items()}
    return [known[key] for key in TopologicalSorter(parents).static_order()]


def _metadata(build: GoldBuild, spec: dg.AssetSpec, results: dict[str, NodeResult]) -> dict[str, Any]:
    unique_id = spec.metadata.get("dagster_dbt/unique_id", "")
    found: dict[str, Any] = {
        "version": build.version,
        "months_rebuilt": ", ".join(m[:7] for m in build.months) or "none",
    }
    if spec.key.path[-1] in build.rows:
        found["dagster/row_count"] = build.rows[spec.key.path[-1]]
    if unique_id in results:
        found["seconds"] = round(results[unique_id].seconds, 3)
        if (scanned := results[unique_id].scanned) is not None:
            from keystone_nexus.cost.scanned import scan_usd

            found |= {"bytes_scanned": scanned, "athena_usd": float(scan_usd(scanned))}
    return found


def _check_result(check: dg.AssetCheckSpec, outcome: NodeResult, rows: int) -> dg.AssetCheckResult:
    """`rows` are those of the relation that the test is of."""
    passed = outcome.status == "pass"
    said = f"{rows:,} rows of {check.asset_key.path[-1]}, {outcome.failures:,} against the test"
    return dg.AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN if outcome.status == "warn" else dg.AssetCheckSeverity.ERROR,
        metadata={"rows_checked": rows, "rows_failed": outcome.failures, "seconds": round(outcome.seconds, 3)},
        description=said if passed else f"{said}: {_reason(outcome.message)}",
    )


def _failures(build: GoldBuild) -> list[str]:
    bad = [r for r in build.results if r.status in ("error", "fail", "runtime error")]
    return [f"{r.unique_id.split('.')[2]}: {_reason(r.message) or r.status}" for r in bad]


def _reason(message: str) -> str:
    """dbt's first line says where, its second what was wrong."""
    return ": ".join(line.strip() for line in message.strip().splitlines()[:2])
