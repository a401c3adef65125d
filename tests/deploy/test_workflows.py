"""GitHub's workflows: actions by commit, least permissions, no stored key, production behind an approval."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PATHS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOWS: dict[str, Any] = {path.stem: yaml.safe_load(path.read_text()) for path in PATHS}


@pytest.mark.parametrize("path", PATHS, ids=list(WORKFLOWS))
class TestEach:
    def test_every_action_is_a_commit_with_its_version(self, path: Path):
        used = re.findall(r"uses: (\S+)(.*)", path.read_text())
        assert used
        for action, said in used:
            if not action.startswith("./"):
                assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", action), action
                assert re.fullmatch(r"\s+# v\d+\.\d+\.\d+", said), action

    def test_permissions_are_read_only_but_for_the_identity(self, path: Path):
        workflow = WORKFLOWS[path.stem]
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            assert job.get("permissions", {}).items() <= {"contents": "read", "id-token": "write"}.items()

    def test_no_key_is_stored_and_each_job_ends(self, path: Path):
        text = path.read_text()
        assert "secrets." not in text
        assert "aws-access-key-id" not in text
        assert "pull_request_target" not in text
        for name, job in WORKFLOWS[path.stem]["jobs"].items():
            assert "uses" in job or job["timeout-minutes"] <= 120, name


def test_production_waits_for_staging_and_an_approval():
    jobs = WORKFLOWS["deploy"]["jobs"]
    assert jobs["prod"]["needs"] == ["images", "staging"]
    assert jobs["prod"]["with"]["keystone"] == jobs["staging"]["with"]["keystone"], "what was tried goes to production"
    assert WORKFLOWS["apply"]["jobs"]["apply"]["environment"] == "${{ inputs.environment }}"


def test_the_run_without_a_host_is_off_by_default_and_at_the_same_time():
    job = WORKFLOWS["daily"]["jobs"]["run"]
    assert job["if"] == "vars.KEYSTONE_DAILY_WITHOUT_HOST == 'on'"
    assert WORKFLOWS["daily"][True]["schedule"] == [{"cron": "0 2 * * *"}]


def test_images_are_built_for_both_chips_from_a_digest():
    steps = WORKFLOWS["images"]["jobs"]["build"]["steps"]
    builds = [step["with"] for step in steps if "build-push-action" in step.get("uses", "")]
    assert len(builds) == 2
    for one in builds:
        assert one["platforms"] == "linux/arm64,linux/amd64"
        assert "DEBIAN=${{ steps.base.outputs.debian }}" in one["build-args"]
