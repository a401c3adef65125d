"""What stands all month, by type of resource: how much of which price.

Every type is in one of three lists: metered here, free by itself, or paid by use and so part of the variable estimate.
A type in none of them is named in the report, never counted as nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from keystone_nexus.cost.inventory import Resource
from keystone_nexus.cost.lines import Line
from keystone_nexus.cost.prices import has_price, hours, price

FREE_PREFIXES = (
    "aws_iam_", "aws_security_group", "aws_vpc_security_group_", "aws_route", "aws_subnet", "aws_db_subnet_group",
    "aws_db_parameter_group", "aws_s3_bucket", "aws_glue_", "aws_lakeformation_", "aws_athena_", "aws_budgets_",
    "aws_ce_", "aws_ssm_", "aws_ecs_cluster", "aws_cloudwatch_event_", "aws_sns_topic", "aws_lb_",
    "aws_msk_configuration", "aws_msk_scram_", "aws_msk_cluster_policy", "aws_autoscaling_", "aws_appautoscaling_",
    "aws_ecr_", "aws_kms_alias", "aws_kms_key_policy", "aws_kms_grant", "aws_secretsmanager_secret_",
    "aws_cloudwatch_log_", "aws_cloudwatch_query_definition", "aws_default_", "aws_network_acl", "aws_scheduler_",
    "aws_acm_certificate", "aws_service_discovery_", "aws_internet_gateway", "aws_egress_only_internet_gateway",
    "aws_cognito_", "random_", "terraform_data", "null_", "time_", "tls_", "aws_placement_group",
)  # fmt: skip
"""Free as long as nothing uses them; what uses them pays by use."""
FREE = {
    "aws_vpc",
    "aws_flow_log",
    "aws_launch_template",
    "aws_ecs_task_definition",
    "aws_ebs_encryption_by_default",
    "aws_vpc_endpoint_policy",
    "aws_vpc_endpoint_route_table_association",
    "aws_vpc_dhcp_options",
    "aws_s3_account_public_access_block",
    "aws_vpc_block_public_access_options",
    "aws_db_instance_role_association",
    "aws_iam_openid_connect_provider",
    "aws_autoscaling_policy",
}
BY_USE = {
    "aws_s3_bucket": "storage and requests",
    "aws_s3_bucket_inventory": "$0.0025 for a million objects listed",
    "aws_athena_workgroup": "bytes scanned",
    "aws_ecr_repository": "GB stored",
    "aws_cloudwatch_log_group": "GB taken in",
    "aws_flow_log": "GB taken in",
    "aws_sns_topic": "messages; e-mail is free to 1,000 a month",
}
"""Free types whose use the variable part has, with what is paid for."""


@dataclass(slots=True)
class Fixed:
    """The fixed part, and what it could not say."""

    lines: list[Line] = field(default_factory=list[Line])
    free: dict[str, int] = field(default_factory=dict[str, int])
    by_use: dict[str, str] = field(default_factory=dict[str, str])
    unknown: list[str] = field(default_factory=list[str])

    def add(self, resource: Resource, what: str, quantity: Decimal | int, name: str, *, hourly: bool = True) -> None:
        """One line; a price that the file lacks makes the resource an unknown one."""
        if not has_price(name):
            self.unknown.append(f"{resource.module}: {what} ({resource.type}, no price {name})")
            return
        quantity = Decimal(quantity)
        usd = quantity * price(name) * (hours() if hourly else 1)
        for number, line in enumerate(self.lines):
            if (line.module, line.what, line.price) == (resource.module, what, name):  # others of another setting
                self.lines[number] = replace(line, quantity=line.quantity + quantity, usd=line.usd + usd)
                return
        self.lines.append(Line(resource.module, what, quantity, name, usd))


Meter = Callable[[Resource, list[Resource], Fixed], None]


def fixed_part(resources: Iterable[Resource]) -> Fixed:
    """Every resource priced, called free, or named as unknown."""
    every, found = list(resources), Fixed()
    for one in every:
        meter = METERS.get(one.type)
        if meter:
            meter(one, every, found)
        elif _is_free(one.type):
            found.free[one.type] = found.free.get(one.type, 0) + one.count
            if one.type in BY_USE:
                found.by_use[one.type] = BY_USE[one.type]
        else:
            found.unknown.append(f"{one.module}: {one.type}")
    found.unknown = sorted(set(found.unknown))
    return found


def _is_free(kind: str) -> bool:
    return kind in FREE or kind.startswith(FREE_PREFIXES)


def _underscored(size: str) -> str:
    return size.replace(".", "_").replace("-", "_")


def _month(name: str, what: str) -> Meter:
    """A type that is billed each month by the piece."""

    def meter(one: Resource, _every: list[Resource], found: Fixed) -> None:
        found.add(one, what, one.count, name, hourly=False)

    return meter


def _hour(name: str, what: str) -> Meter:
    """A type that is billed by the hour, by the piece."""

    def meter(one: Resource, _every: list[Resource], found: Fixed) -> None:
        found.add(one, what, one.count, name)

    return meter


def _database(one: Resource, _every: list[Resource], found: Fixed) -> None:
    size = str(one.attributes.get("instance_class", "unknown"))
    zones = 2 if one.attributes.get("multi_az") else 1
    what = f"RDS {size}" + (", two zones" if zones == 2 else "")
    found.add(one, what, one.count * zones, f"rds_{_underscored(size)}_hour")
    storage = Decimal(one.attributes.get("allocated_storage") or 20)
    found.add(one, "RDS storage, GB", one.count * zones * storage, "rds_gp3_gb_month", hourly=False)


def _host(one: Resource, _every: list[Resource], found: Fixed) -> None:
    _ec2(one, one, one.count, found)


def _group(one: Resource, every: list[Resource], found: Fixed) -> None:
    """An auto-scaling group runs what the launch template of its module says."""
    template = next((r for r in every if r.type == "aws_launch_template" and r.module == one.module), one)
    wanted = one.attributes.get("desired_capacity") or one.attributes.get("min_size") or 1
    _ec2(one, template, one.count * int(wanted), found)


def _ec2(one: Resource, sized: Resource, machines: int, found: Fixed) -> None:
    """The machines, their root disks and their public addresses."""
    said = sized.attributes
    size = str(said.get("instance_type", "unknown"))
    found.add(one, f"EC2 {size}", machines, f"ec2_{_underscored(size)}_hour")
    gigabytes = Decimal(said.get("volume_size") or 8)
    found.add(one, "EBS gp3, GB", machines * gigabytes, "ebs_gp3_gb_month", hourly=False)
    if str(said.get("associate_public_ip_address")).lower() == "true":
        found.add(one, "public IPv4 address", machines, "public_ipv4_hour")


def _service(one: Resource, every: list[Resource], found: Fixed) -> None:
    """Fargate tasks that always run, of the size of the task definition of the same name in the module."""
    task = task_of(one, every)
    tasks = one.count * int(one.attributes.get("desired_count") or 0)
    if task is None:
        found.unknown.append(f"{one.module}: aws_ecs_service {one.name} (no task definition with cpu and memory)")
        return
    vcpu, gigabytes, chip = task
    share = price("fargate_spot_share") if one.attributes.get("capacity_provider") == "FARGATE_SPOT" else Decimal(1)
    label = f"Fargate {one.name or 'service'}" + (", spot" if share < 1 else "")
    found.add(one, f"{label}, vCPU", tasks * vcpu * share, f"fargate_{chip}_vcpu_hour")
    found.add(one, f"{label}, GB", tasks * gigabytes * share, f"fargate_{chip}_gb_hour")
    if one.attributes.get("assign_public_ip"):
        found.add(one, "public IPv4 address", tasks, "public_ipv4_hour")


def task_of(one: Resource, every: list[Resource]) -> tuple[Decimal, Decimal, str] | None:
    """vCPU, GB and chip of a service's tasks."""
    definitions = [r for r in every if r.type == "aws_ecs_task_definition" and r.module == one.module]
    named = [r for r in definitions if r.name == one.name]
    said = next((r.attributes for r in (one, *named, *definitions) if r.attributes.get("cpu")), None)
    if said is None:
        return None
    chip = str(said.get("cpu_architecture") or "X86_64")
    return Decimal(said["cpu"]) / 1024, Decimal(said["memory"]) / 1024, "arm" if chip == "ARM64" else "x86"


def _brokers(one: Resource, _every: list[Resource], found: Fixed) -> None:
    said = one.attributes
    size = str(said.get("instance_type", "unknown"))
    brokers = one.count * int(said.get("number_of_broker_nodes") or 2)
    found.add(one, f"MSK {size} broker", brokers, f"msk_{_underscored(size.removeprefix('kafka.'))}_hour")
    gigabytes = Decimal(said.get("volume_size") or 10)
    found.add(one, "MSK storage, GB", brokers * gigabytes, "msk_storage_gb_month", hourly=False)


def _endpoint(one: Resource, _every: list[Resource], found: Fixed) -> None:
    """A gateway endpoint is free; an interface endpoint is billed in each zone."""
    if one.attributes.get("vpc_endpoint_type") != "Interface":
        found.free["aws_vpc_endpoint (gateway)"] = found.free.get("aws_vpc_endpoint (gateway)", 0) + one.count
        return
    found.add(one, "interface endpoint", one.count * int(one.attributes.get("zones") or 1), "vpc_endpoint_hour")


def _balancer(one: Resource, _every: list[Resource], found: Fixed) -> None:
    """An hour of it, and one capacity unit, which is more than this platform's streams fill."""
    kind = "network" if one.attributes.get("load_balancer_type") == "network" else "application"
    found.add(one, f"{kind} load balancer", one.count, "nlb_hour")
    found.add(one, "capacity unit", one.count, "lb_capacity_unit_hour")


METERS: dict[str, Meter] = {
    "aws_db_instance": _database,
    "aws_instance": _host,
    "aws_autoscaling_group": _group,
    "aws_ecs_service": _service,
    "aws_msk_cluster": _brokers,
    "aws_msk_serverless_cluster": _hour("msk_serverless_hour", "MSK Serverless"),
    "aws_nat_gateway": _hour("nat_gateway_hour", "NAT gateway"),
    "aws_eip": _hour("public_ipv4_hour", "public IPv4 address"),
    "aws_vpc_endpoint": _endpoint,
    "aws_lb": _balancer,
    "aws_kms_key": _month("kms_key_month", "KMS key"),
    "aws_secretsmanager_secret": _month("secret_month", "secret"),
    "aws_cloudwatch_metric_alarm": _month("cloudwatch_alarm_month", "alarm"),
    "aws_cloudwatch_composite_alarm": _month("cloudwatch_composite_alarm_month", "composite alarm"),
    "aws_cloudwatch_dashboard": _month("cloudwatch_dashboard_month", "dashboard"),
    "aws_route53_zone": _month("route53_zone_month", "hosted zone"),
}
