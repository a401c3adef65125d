"""`keystone cost`, as it is run."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from keystone_nexus.cost.fixed import fixed_part
from keystone_nexus.cost.inventory import SWITCHES, inventory_file, planned
from keystone_nexus.cost.prices import choices
from tests.conftest import keystone

HERE = Path(__file__).parent / "inventories"


def costed(lake: Path, switch: str, *more: str, env: dict[str, str] | None = None) -> tuple[int, dict, str]:
    done = keystone(lake, "cost", "--plan", str(HERE / f"{switch}.json"), "--json", *more, env=env)
    return done.returncode, json.loads(done.stdout), done.stderr


def test_the_parts_add_up_and_are_within_their_limits(built_lake: Path):
    code, found, said = costed(built_lake, "default")
    assert (code, said) == (0, "")
    fixed, used = (Decimal(found[f"{part}_usd"]) for part in ("fixed", "variable"))
    lines = sum(Decimal(line["usd"]) for line in found["lines"])
    assert abs(lines - fixed - used) < Decimal("0.02")
    assert abs(Decimal(found["total_usd"]) - fixed - used) < Decimal("0.02")
    assert Decimal(found["total_usd"]) < 60
    assert found["unknown"] == []
    assert found["free"]["aws_s3_bucket"] == 7
    assert len(found["dashboard_queries"]) > 10


def test_fargate_is_below_a_hundred_and_streaming_above_it_said_so(built_lake: Path):
    code, found, _ = costed(built_lake, "fargate")
    assert code == 0
    assert Decimal(found["total_usd"]) < 100
    assert any("30 runs of 10 minutes" in line["what"] for line in found["lines"])
    code, found, said = costed(built_lake, "streaming")
    assert code == 1
    assert not found["within_budget"]
    assert "over the budget of $100.00" in said


def test_more_queries_and_runs_cost_more(built_lake: Path):
    few = costed(built_lake, "default")[1]
    more = costed(built_lake, "default", "--queries", "1000000", "--runs", "300")[1]
    assert Decimal(more["variable_usd"]) - Decimal(few["variable_usd"]) > 40
    assert more["fixed_usd"] == few["fixed_usd"]


def test_the_budget_is_the_environments(built_lake: Path):
    code, _, said = costed(built_lake, "default", env={"KEYSTONE_COST_BUDGET": "20"})
    assert code == 1
    assert "over the budget of $20.00" in said
    done = keystone(built_lake, "cost", "--plan", str(HERE / "default.json"), env={"KEYSTONE_COST_BUDGET": "much"})
    assert done.returncode == 2
    assert "KEYSTONE_COST_BUDGET='much' is no amount" in done.stderr


def test_a_resource_without_a_price_is_named_and_fails(built_lake: Path, tmp_path: Path):
    resources = json.loads((HERE / "default.json").read_text())["resources"]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"resources": [*resources, {"type": "aws_neptune_cluster", "module": "graph"}]}))
    done = keystone(built_lake, "cost", "--plan", str(file))
    assert done.returncode == 1
    assert "no price is known for graph: aws_neptune_cluster" in done.stderr


@pytest.mark.parametrize(("option", "value"), [("--runs", "-1"), ("--queries", "-5")])
def test_a_negative_number_is_refused(built_lake: Path, option: str, value: str):
    done = keystone(built_lake, "cost", "--plan", str(HERE / "default.json"), f"{option}={value}")
    assert done.returncode == 2
    assert f"{option} {value}: give a number from 0 on" in done.stderr


def test_the_figures_of_the_deck_are_the_commands(built_lake: Path):
    """Two whole figures stand in the price file for the deck; they may be off by what a lake's size makes."""
    said = {choice.name: choice.usd_a_month for choice in choices()}
    for switch, name in (("default", "Keystone, one host"), ("fargate", "Keystone, Fargate")):
        assert abs(Decimal(costed(built_lake, switch)[1]["total_usd"]) - said[name]) < 2


@pytest.mark.skipif(not inventory_file("prod").exists(), reason="this tree has no Terraform, whose plans these are")
@pytest.mark.parametrize("environment", ["staging", "prod"])
@pytest.mark.parametrize("switch", SWITCHES)
def test_every_resource_of_the_committed_plans_is_known(environment: str, switch: str):
    found = fixed_part(planned(environment, switch))
    assert found.unknown == []
    limit = {"default": 60, "fargate": 100}.get(switch, 250)
    assert 30 < sum(line.usd for line in found.lines) < limit
