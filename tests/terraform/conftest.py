"""Plans of the environments, as `terraform show -json` prints them: `make test-terraform` makes them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.terraform.plan import Plan

ROOT = Path(__file__).parents[2]
SWITCHES = ("default", "fargate", "streaming", "private")
ENVIRONMENTS = ("staging", "prod")
ALL = [f"{environment}-{switch}" for environment in ENVIRONMENTS for switch in SWITCHES]


def read(name: str) -> Plan:
    folder = os.environ.get("KEYSTONE_TF_PLANS")
    if not folder:
        pytest.skip("the plans are made by `make test-terraform`, which runs these tests")
    return Plan(name, json.loads((Path(folder) / f"{name}.json").read_text("utf-8")))


@pytest.fixture(scope="session")
def plans() -> dict[str, Plan]:
    return {name: read(name) for name in ALL}


@pytest.fixture(params=ALL)
def plan(request: pytest.FixtureRequest, plans: dict[str, Plan]) -> Plan:
    return plans[request.param]


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    return request.param


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All but what reads the sources alone."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.path.name != "test_sources.py":
            item.add_marker("terraform")
