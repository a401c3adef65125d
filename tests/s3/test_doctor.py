"""`keystone doctor` on a lake on S3: each missing permission by the call that needs it, and nothing is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keystone_nexus.glue.names import BUILD, SCHEMAS, database
from tests.conftest import keystone
from tests.s3.conftest import new_lake
from tests.s3.server import S3


def asked(s3: S3, lake: str, *arguments: str, **env: str) -> tuple[int, dict[str, dict[str, Any]]]:
    done = keystone(lake, "doctor", "--json", *arguments, env={**s3.env, **env})
    assert "Traceback" not in done.stderr
    return done.returncode, {f"{one['what']} {one['found']}": one for one in json.loads(done.stdout)}


@pytest.fixture
def lake(s3: S3) -> str:
    """Buckets, databases and a workgroup of staging."""
    glue, athena = s3.client("glue"), s3.client("athena")
    present = {one["Name"] for one in glue.get_databases()["DatabaseList"]}
    for schema in (*SCHEMAS, BUILD):
        if database(schema, "staging") not in present:
            glue.create_database(DatabaseInput={"Name": database(schema, "staging")})
    if "keystone-staging" not in {one["Name"] for one in athena.list_work_groups()["WorkGroups"]}:
        limits = {"BytesScannedCutoffPerQuery": 10_000_000_000}
        athena.create_work_group(Name="keystone-staging", Configuration=limits)
    return new_lake(s3)


def settings(lake: str) -> dict[str, str]:
    return {
        "KEYSTONE_ENV": "staging", "KEYSTONE_LAKE": lake, "KEYSTONE_ATHENA_WORKGROUP": "keystone-staging",
        "KEYSTONE_ALERT_TOPIC": "", "DAGSTER_HOME": "/tmp",
    }  # fmt: skip


def test_what_is_there_and_allowed_is_good(s3: S3, lake: str) -> None:
    s3.puts.clear()
    code, found = asked(s3, lake, **settings(lake))
    bad = {what for what, one in found.items() if not one["ok"]}
    assert code == 3
    assert bad == {"$KEYSTONE_ALERT_TOPIC set by the deployment"}
    assert (
        found["Athena workgroup keystone-staging athena:GetWorkGroup"]["note"]
        == "stops a query after 10,000,000,000 bytes"
    )
    assert s3.puts == []


def test_a_missing_permission_is_named_by_its_call(s3: S3, lake: str) -> None:
    name = lake.removeprefix("s3://")
    s3.answer = lambda environ: (
        ("403", "AccessDenied")
        if environ["REQUEST_METHOD"] == "PUT" and f"{name}-gold" in environ["PATH_INFO"]
        else None
    )
    code, found = asked(s3, lake, "--env", "staging")
    assert code == 3
    assert not found[f"{name}-gold s3:PutObject"]["ok"]
    assert found[f"{name}-gold s3:PutObject"]["note"] == "grant s3:PutObject to this role"
    assert found[f"{name}-gold s3:ListBucket"]["ok"]
    assert found[f"{name}-silver s3:PutObject"]["ok"]


def test_what_terraform_did_not_make_is_named(s3: S3) -> None:
    code, found = asked(s3, "s3://not-made", "--env", "ci")
    assert code == 3
    assert "there is no bucket not-made-bronze" in found["not-made-bronze s3:ListBucket"]["note"]
    assert not found["Glue database ci_silver glue:GetDatabase"]["ok"]
    assert not found["Athena workgroup keystone-ci athena:GetWorkGroup"]["ok"]
    assert "there is no bucket not-made-bronze" in found["lake s3://not-made"]["note"]
