"""What a plan makes, in short: types, counts and the sizes that prices depend on.

python scripts/terraform_inventory.py PLANS --write|--check: PLANS holds <environment>-<switch>.json, what
`terraform show -json` printed. The summaries are committed beside the environments, where `keystone cost` reads them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TERRAFORM = Path(__file__).parents[1] / "terraform"

# Of each type, what its price depends on. Nested blocks are lists of one in a plan: `a.0.b` looks into them.
PRICED = {
    "aws_autoscaling_group": {"desired_capacity": "desired_capacity"},
    "aws_cloudwatch_log_group": {"retention_in_days": "retention_in_days"},
    "aws_cloudwatch_metric_alarm": {"period": "period"},
    "aws_db_instance": {
        "instance_class": "instance_class",
        "allocated_storage": "allocated_storage",
        "storage_type": "storage_type",
        "multi_az": "multi_az",
        "monitoring_interval": "monitoring_interval",
    },
    "aws_ecs_service": {
        "desired_count": "desired_count",
        "launch_type": "launch_type",
        "assign_public_ip": "network_configuration.0.assign_public_ip",
    },
    "aws_ecs_task_definition": {
        "cpu": "cpu",
        "memory": "memory",
        "cpu_architecture": "runtime_platform.0.cpu_architecture",
    },
    "aws_launch_template": {
        "instance_type": "instance_type",
        "volume_type": "block_device_mappings.0.ebs.0.volume_type",
        "volume_size": "block_device_mappings.0.ebs.0.volume_size",
        "associate_public_ip_address": "network_interfaces.0.associate_public_ip_address",
    },
    "aws_lb": {"load_balancer_type": "load_balancer_type"},
    "aws_msk_cluster": {
        "instance_type": "broker_node_group_info.0.instance_type",
        "number_of_broker_nodes": "number_of_broker_nodes",
        "volume_size": "broker_node_group_info.0.storage_info.0.ebs_storage_info.0.volume_size",
    },
    "aws_vpc_endpoint": {"vpc_endpoint_type": "vpc_endpoint_type"},
}
# Types of which each one is named, since a service finds its task definition by it.
NAMED = {"aws_ecs_service", "aws_ecs_task_definition"}
# An interface endpoint is in one zone: network/endpoints.tf.
HIDDEN = {
    "aws_db_instance": ({"type": "aws_secretsmanager_secret", "what": "the password that RDS keeps"},),
    "aws_service_discovery_private_dns_namespace": ({"type": "aws_route53_zone", "what": "the namespace's zone"},),
}
"""What AWS makes, and bills, along with a resource, though no plan shows it."""


def resources(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each resource of a plan's values, of all modules."""
    yield from (one for one in module.get("resources", []) if one["mode"] == "managed")
    for child in module.get("child_modules", []):
        yield from resources(child)


def module_of(address: str) -> str:
    """`module.platform.module.storage.module.layer["gold"].aws_s3_bucket.this` belongs to `storage`."""
    names = [part.partition("[")[0] for part in address.split("module.")[1:]]
    names = [name.rstrip(".").split(".")[0] for name in names if not name.startswith("platform.")]
    return names[0] if names else "platform"


def look(values: Any, path: str) -> Any:
    """The value at a path such as `network_configuration.0.assign_public_ip`; None where it is not known."""
    for part in path.split("."):
        if isinstance(values, list):
            values = values[int(part)] if len(values) > int(part) else None
        elif isinstance(values, dict):
            values = values.get(part)
    return values


def summary(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Equal resources counted together, in a fixed order."""
    found: Counter[str] = Counter()
    for one in resources(plan["planned_values"]["root_module"]):
        priced = {name: look(one.get("values"), path) for name, path in PRICED.get(one["type"], {}).items()}
        if one["type"] == "aws_vpc_endpoint" and priced["vpc_endpoint_type"] == "Interface":
            priced["zones"] = 1
        module = module_of(one["address"])
        line: dict[str, Any] = {"type": one["type"], "module": module, "attributes": priced}
        if one["type"] in NAMED:
            line["name"] = str(one.get("index") or module)
        found[json.dumps(line, sort_keys=True)] += 1
        for hidden in HIDDEN.get(one["type"], ()):
            made = {"type": hidden["type"], "module": module, "attributes": {"made_by_aws": hidden["what"]}}
            found[json.dumps(made, sort_keys=True)] += 1
    lines = [{**json.loads(line), "count": count} for line, count in found.items()]
    return sorted(lines, key=lambda line: (line["module"], line["type"], json.dumps(line, sort_keys=True)))


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
