"""`keystone catalog`: what Glue lacks of the contracts, and mending it, twice to no effect."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.glue.names import database
from keystone_nexus.lake.lake import lake_at
from tests.conftest import keystone
from tests.s3.conftest import new_lake
from tests.s3.server import S3


@pytest.fixture
def lake(s3: S3) -> str:
    url = new_lake(s3)
    lake_at(url, "staging").create()
    return url


def catalog(s3: S3, lake: str, action: str) -> tuple[int, list[dict[str, Any]]]:
    done = keystone(lake, "catalog", action, "--json", "--env", "staging", env=s3.env)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


def test_what_glue_lacks_is_planned_made_and_then_nothing(s3: S3, lake: str) -> None:
    code, planned = catalog(s3, lake, "plan")
    assert code == 1
    missing = {(d["database"], d["table"]) for d in planned}
    assert {(database("silver", "staging"), name) for name in tables()} <= missing
    assert {d["kind"] for d in planned} == {"missing"}
    assert catalog(s3, lake, "apply")[0] == 0
    assert catalog(s3, lake, "plan") == (0, [])
    glue = s3.client("glue")
    held = glue.get_table(DatabaseName="staging_silver", Name="orders")["Table"]
    held["StorageDescriptor"]["Columns"].pop()
    change = {k: held[k] for k in ("Name", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")}
    glue.update_table(DatabaseName="staging_silver", TableInput=change)
    glue.delete_table(DatabaseName="staging_silver", Name="sellers")
    code, planned = catalog(s3, lake, "plan")
    assert code == 1
    assert {(d["table"], d["kind"]) for d in planned} == {("orders", "differs"), ("sellers", "missing")}
    assert catalog(s3, lake, "apply")[0] == 0
    assert catalog(s3, lake, "plan") == (0, [])


def test_a_folder_has_no_glue(s3: S3, tmp_path: Any) -> None:
    done = keystone(tmp_path / "lake", "catalog", "plan", env=s3.env)
    assert done.returncode == 2
    assert "name a lake on S3" in done.stderr
