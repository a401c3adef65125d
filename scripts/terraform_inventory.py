"""What a plan makes, in short: types, counts and the sizes that prices depend on.

python scripts/terraform_inventory.py PLANS --write|--check: PLANS holds <environment>-<switch>.json, what
`terraform show -json` printed. The summaries are committed beside the environments, where `keystone cost` reads them.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from keystone_nexus.cost.plan import resources, summary

TERRAFORM = Path(__file__).parents[1] / "terraform"


def target(plan: Path) -> Path:
    """Where the summary of `staging-fargate.json` is committed."""
    environment, _, switch = plan.stem.partition("-")
    if environment == "bootstrap":
        return TERRAFORM / "bootstrap" / "inventory.json"
    return TERRAFORM / "environments" / environment / "inventory" / f"{switch}.json"


def text(plan: Path) -> str:
    lines = ",\n".join(f"    {json.dumps(line, sort_keys=True)}" for line in summary(json.loads(plan.read_text())))
    return f'{{\n  "resources": [\n{lines}\n  ]\n}}\n'


def main() -> int:
    """0 when all is written or equal, 1 when a summary is not that of its plan, 2 without plans."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plans", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    said = parser.parse_args()
    plans = sorted(said.plans.glob("*.json"))
    if not plans or said.write == said.check:
        print(f"no plans in {said.plans}, or neither --write nor --check", file=sys.stderr)
        return 2
    stale = 0
    for plan in plans:
        place, fresh = target(plan), text(plan)
        if said.write:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(fresh)
        elif not place.is_file() or place.read_text() != fresh:
            stale += 1
            print(f"{place.relative_to(TERRAFORM.parent)} is not what is planned: make inventory", file=sys.stderr)
        count = sum(1 for _ in resources(json.loads(plan.read_text())["planned_values"]["root_module"]))
        print(f"terraform: {plan.stem}: {count} resources")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
