"""Gold of a lake on S3: the same dbt project, on Athena over the tables that Glue knows.

Written and audited in a database of builds, then published (`glue.gold`): a build that fails, or is killed, leaves
what people read as it was.
"""

from __future__ import annotations

import os
from typing import Any

from keystone_nexus.glue import gold
from keystone_nexus.glue.ask import workgroup
from keystone_nexus.glue.lake import apply_to
from keystone_nexus.glue.workgroup import check_builder
from keystone_nexus.lake import builds, gold_record
from keystone_nexus.lake.gold_audit import unlike_in_rows
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import now
from keystone_nexus.lake.silver_state import month_digests, silver_digest
from keystone_nexus.orchestration.dbt_project import OPTIONS, project_digest
from keystone_nexus.orchestration.dbt_run import KINDS, GoldBuild, NodeResult, node_result
from keystone_nexus.orchestration.progress import report


def build_on_athena(lake: Lake) -> GoldBuild:
    """Brings the catalog up to date, builds, tests and publishes gold. The caller holds the lake's lock."""
    import boto3

    check_builder(boto3.client("athena"), workgroup(lake.env))
    for one in apply_to(lake):
        report(f"glue: {one.sentence()}: mended")
    built = builds.read(lake)
    digests = month_digests(built)
    version = int(gold_record.newest(lake).get("version", 0)) + 1
    gold.begin(lake)
    results, relations = _run_dbt(lake)
    passed = bool(results) and all(one.status in ("success", "pass", "warn") for one in results)
    rows = {one.unique_id.split(".")[2]: one.rows for one in results if one.rows is not None}
    unlike = unlike_in_rows(rows, built) if passed else []
    if passed and not unlike:
        report("gold: publishing")
        gold.finish(
            lake,
            relations,
            {
                "version": version,
                "built_at": now(),
                "silver": silver_digest(built),
                "project": project_digest(),
                "months": sorted(digests),
                "bytes_scanned": sum(one.scanned or 0 for one in results),
            },
        )
    return GoldBuild(passed and not unlike, version, sorted(digests), results, rows, unlike)


def _run_dbt(lake: Lake) -> tuple[list[NodeResult], list[str]]:
    """One dbt invocation on the target `athena`, parsed in a folder of its own: what is parsed depends on it.

    Returns what became of each node, and the names of gold's relations.
    """
    from dbt.cli.main import dbtRunner

    os.environ.setdefault("KEYSTONE_ATHENA_WORKGROUP", workgroup(lake.env))
    target = lake.root / "dbt"
    target.mkdir(parents=True, exist_ok=True)
    arguments = ["--quiet", "--no-write-json", "build", "--target", "athena", "--target-path", str(target)]
    answer = dbtRunner().invoke([*arguments, *OPTIONS, *KINDS, "--no-use-colors"])
    if answer.result is None:
        raise RuntimeError(f"dbt could not run: {answer.exception}") from answer.exception
    found: Any = answer.result.results  # pyright: ignore[reportAttributeAccessIssue]
    relations = [
        one.node.alias for one in found if one.node.resource_type == "model" and one.node.config.schema == "gold"
    ]
    return [node_result(one) for one in found], relations
