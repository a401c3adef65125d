"""What a Terraform plan leaves standing, in short: types, counts and the sizes that prices depend on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

PRICED: dict[str, dict[str, str]] = {
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
        "capacity_provider": "capacity_provider_strategy.0.capacity_provider",
        "assign_public_ip": "network_configuration.0.assign_public_ip",
    },
    "aws_ecs_task_definition": {
        "cpu": "cpu",
        "memory": "memory",
        "cpu_architecture": "runtime_platform.0.cpu_architecture",
    },
    "aws_instance": {
        "instance_type": "instance_type",
        "volume_size": "root_block_device.0.volume_size",
        "associate_public_ip_address": "associate_public_ip_address",
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
"""Of each type, what its price depends on. Nested blocks are lists of one in a plan: `a.0.b` looks into them."""
NAMED = {"aws_ecs_service", "aws_ecs_task_definition"}
"""Types of which each one is named, since a service finds its task definition by it."""
HIDDEN: dict[str, tuple[dict[str, str], ...]] = {
    "aws_db_instance": ({"type": "aws_secretsmanager_secret", "what": "the password that RDS keeps"},),
    "aws_service_discovery_private_dns_namespace": ({"type": "aws_route53_zone", "what": "the namespace's zone"},),
}
"""What AWS makes, and bills, along with a resource, though no plan shows it."""
WRAPPER = "platform"
"""The module that holds all others, which says nothing about what a resource is for."""


def summary(plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Lines `{"type", "module", "count", "attributes"[, "name"]}` of what `terraform show -json` printed.

    Equal resources are counted together; the order is fixed, so that equal plans give equal text.
    """
    found: Counter[str] = Counter()
    for one in resources(plan["planned_values"].get("root_module", {})):
        for line in _lines(one):
            found[json.dumps(line, sort_keys=True)] += 1
    lines = [{**json.loads(line), "count": count} for line, count in found.items()]
    return sorted(lines, key=lambda line: (line["module"], line["type"], json.dumps(line, sort_keys=True)))


def resources(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each resource of a plan's values, of all modules."""
    yield from (one for one in module.get("resources", []) if one["mode"] == "managed")
    for child in module.get("child_modules", []):
        yield from resources(child)


def _lines(one: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A resource, and what AWS makes with it."""
    kind, module, values = one["type"], module_of(one["address"]), one.get("values") or {}
    priced = {name: look(values, path) for name, path in PRICED.get(kind, {}).items()}
    if priced.get("vpc_endpoint_type") == "Interface":
        # Subnets that are yet to be made have no ids in a plan: one zone then, as network/endpoints.tf has it.
        priced["zones"] = len(values.get("subnet_ids") or []) or 1
    known = {name: value for name, value in priced.items() if value is not None}
    line: dict[str, Any] = {"type": kind, "module": module, "attributes": known}
    yield {**line, "name": str(one.get("index") or module)} if kind in NAMED else line
    for hidden in HIDDEN.get(kind, ()):
        yield {"type": hidden["type"], "module": module, "attributes": {"made_by_aws": hidden["what"]}}


def module_of(address: str) -> str:
    """`module.platform.module.storage.module.layer["gold"].aws_s3_bucket.this` belongs to `storage`."""
    names = [part.partition("[")[0].rstrip(".").split(".")[0] for part in address.split("module.")[1:]]
    inner = [name for name in names if name != WRAPPER]
    return inner[0] if inner else names[0] if names else "root"


def look(values: Any, path: str) -> Any:
    """The value at a path such as `network_configuration.0.assign_public_ip`; None where it is not known."""
    for part in path.split("."):
        if isinstance(values, list):
            values = values[int(part)] if len(values) > int(part) else None
        elif isinstance(values, dict):
            values = values.get(part)
        else:
            return None
    return values
