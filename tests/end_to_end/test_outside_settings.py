"""What the shell holds for other programs changes no result (`keystone_nexus.outside`)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import keystone
from tests.end_to_end.test_commands import gold_rows, silver_bytes

STEERING = {
    "DBT_EMPTY": "1",
    "DBT_TARGET": "athena",
    "DBT_FULL_REFRESH": "1",
    "DBT_EXCLUDE": "fact_sales",
    "DBT_SELECT": "dim_date",
    "DBT_PROJECT_DIR": "/nowhere",
    "DBT_PROFILES_DIR": "/nowhere",
    "DBT_INDIRECT_SELECTION": "empty",
    "DBT_WARN_ERROR": "1",
    "DBT_DEFER": "1",
    "DBT_SAMPLE": "2018-01-01",
    "DBT_RESOURCE_TYPES": "seed",
    "DBT_EXCLUDE_RESOURCE_TYPES": "model",
    "DBT_VARS": "{a: 1}",
    "DBT_STORE_FAILURES": "1",
    "DBT_TARGET_PATH": "/nowhere",
    "PANDERA_VALIDATION_ENABLED": "False",
    "PANDERA_VALIDATION_DEPTH": "SCHEMA_ONLY",
    "POLARS_ENGINE_AFFINITY": "streaming",
    "POLARS_MAX_ROWS": "1",
    "PYTHONWARNINGS": "error",
    "PYTHONOPTIMIZE": "2",
    "PYTHONHASHSEED": "7",
    "LC_ALL": "tr_TR.UTF-8",
    "TZ": "America/Sao_Paulo",
}


def test_a_run_under_a_shell_full_of_settings_gives_the_same_lake(
    built_lake: Path, synthetic: Path, tmp_path: Path
) -> None:
    steered = tmp_path / "lake"
    ran = keystone(steered, "run", "--source", str(synthetic), "--no-pages", env=STEERING)
    assert ran.returncode == 0, ran.stderr
    assert silver_bytes(steered) == silver_bytes(built_lake)
    assert gold_rows(steered) == gold_rows(built_lake)
    checks = json.loads(keystone(steered, "check", "--json", env=STEERING).stdout)
    plain = json.loads(keystone(built_lake, "check", "--json").stdout)
    said = [
        [(c["asset"], c["check"], c["partition"], c["passed"], c["rows_checked"]) for c in one]
        for one in (checks, plain)
    ]
    assert said[0] == said[1]


def test_a_build_that_is_emptier_than_silver_is_not_published(
    lake: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever emptied it: here the views of silver give nothing, and dbt's own tests compare nothing with nothing."""
    from keystone_nexus.lake.gold import gold_file, info
    from keystone_nexus.lake.lake import Lake
    from keystone_nexus.orchestration import dbt_run

    view = dbt_run.silver_view
    monkeypatch.setattr(dbt_run, "silver_view", lambda lake, name: view(lake, name) + " where false")
    shutil.rmtree(lake / "gold")
    (lake / "gold").mkdir()
    built = dbt_run.build_gold(Lake(lake))
    assert {one.status for one in built.results} <= {"success", "pass"}
    assert not built.published
    assert any(one.startswith("gold.fact_orders has 0 rows, silver's builds recorded") for one in built.unlike)
    assert any(one.startswith("sum(price) from gold.fact_sales is 0") for one in built.unlike)
    assert info(gold_file(Lake(lake))) == {}


def test_a_partial_rebuild_leaves_the_verdicts_of_whole_tables(lake: Path) -> None:
    def whole() -> dict[tuple[str, str], tuple[object, ...]]:
        said = json.loads(keystone(lake, "check", "--json").stdout)
        return {
            (one["asset"], one["check"]): (one["passed"], one["severity"], one["rows_checked"], one["rows_failed"])
            for one in said
            if one["partition"] is None and one["asset"].startswith("silver/")
        }

    before = whole()
    assert before["silver/orders", "oddities"][0] is False
    ran = keystone(lake, "run", "--all", "--from", "2018-01-01", "--to", "2018-01-10", "--no-pages")
    assert ran.returncode == 0, ran.stderr
    assert whole() == before
    gold = [one for one in json.loads(keystone(lake, "check", "--json").stdout) if one["asset"].startswith("gold/")]
    assert all(one["rows_checked"] > 0 for one in gold), [one for one in gold if not one["rows_checked"]]


def test_verdicts_that_were_lost_are_said_to_be_missing_and_silver_s_are_not_lost(lake: Path) -> None:
    shutil.rmtree(lake / ".dagster")
    done = keystone(lake, "check", "--json")
    found = json.loads(done.stdout)
    assert all(one["passed"] is None for one in found if one["asset"].startswith("gold/"))
    assert all(one["passed"] is not None for one in found if one["asset"].startswith("silver/"))
    assert "were not evaluated" in done.stderr
    assert done.returncode == 0
