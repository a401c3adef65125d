"""Every resource of a plan is priced, called free, or named."""

from __future__ import annotations

import json
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from keystone_nexus.cost.fixed import fixed_part
from keystone_nexus.cost.inventory import Resource, inventory_file, read_inventory
from keystone_nexus.cost.prices import hours, price
from keystone_nexus.lake.errors import Refused

HERE = Path(__file__).parent / "inventories"


def total(resources: list[Resource]) -> Decimal:
    found = fixed_part(resources)
    assert not found.unknown
    return sum((line.usd for line in found.lines), Decimal(0))


def test_every_price_has_a_unit_and_a_source_and_the_file_a_date():
    found = json.loads(files("keystone_nexus.cost").joinpath("prices.json").read_text("utf-8"))
    assert len(found["as_of"]) == 10
    for name, one in found["prices"].items():
        assert one["usd"] > 0, name
        assert one["unit"], name
        assert one["source"].startswith("https://aws.amazon.com/"), name


def test_a_database_is_its_hours_and_its_disk_twice_in_two_zones():
    attributes = {"instance_class": "db.t4g.micro", "allocated_storage": 20}
    one = total([Resource("aws_db_instance", "database", 1, attributes)])
    assert one == price("rds_db_t4g_micro_hour") * hours() + 20 * price("rds_gp3_gb_month")
    assert total([Resource("aws_db_instance", "database", 1, {**attributes, "multi_az": True})]) == 2 * one


def test_a_group_of_machines_is_what_its_launch_template_says():
    template = Resource("aws_launch_template", "host", 1, {"instance_type": "t4g.small", "volume_size": 30})
    group = Resource("aws_autoscaling_group", "host", 1, {"desired_capacity": 2})
    assert total([template, group]) == 2 * (price("ec2_t4g_small_hour") * hours() + 30 * price("ebs_gp3_gb_month"))


def test_a_service_takes_the_size_of_its_own_task_definition():
    sizes = {"small": (256, 512), "large": (2048, 4096)}
    definitions = [
        Resource("aws_ecs_task_definition", "c", 1, {"cpu": cpu, "memory": memory, "cpu_architecture": "ARM64"}, name)
        for name, (cpu, memory) in sizes.items()
    ]
    service = Resource("aws_ecs_service", "c", 1, {"desired_count": 1}, "large")
    wanted = 2 * price("fargate_arm_vcpu_hour") + 4 * price("fargate_arm_gb_hour")
    assert total([*definitions, service]) == wanted * hours()


def test_interface_endpoints_are_billed_by_zone_and_gateways_are_free():
    interface = Resource("aws_vpc_endpoint", "n", 3, {"vpc_endpoint_type": "Interface", "zones": 2})
    found = fixed_part([interface, Resource("aws_vpc_endpoint", "n", 1, {"vpc_endpoint_type": "Gateway"})])
    assert [line.quantity for line in found.lines] == [6]
    assert found.free == {"aws_vpc_endpoint (gateway)": 1}


def test_what_no_list_has_is_named_and_so_is_a_size_without_a_price():
    found = fixed_part(
        [
            Resource("aws_neptune_cluster", "graph"),
            Resource("aws_instance", "host", 1, {"instance_type": "x1e.32xlarge"}),
        ]
    )
    assert found.unknown == [
        "graph: aws_neptune_cluster",
        "host: EC2 x1e.32xlarge (aws_instance, no price ec2_x1e_32xlarge_hour)",
    ]


def plan_of(*resources: dict[str, object]) -> str:
    """What `terraform show -json` prints of resources in nested modules."""
    inner = {"resources": list(resources)}
    return json.dumps({"planned_values": {"root_module": {"child_modules": [{"child_modules": [inner]}]}}})


def planned(address: str, values: dict[str, object]) -> dict[str, object]:
    kind = next(part for part in address.split(".") if part.startswith("aws_"))
    return {"address": address, "mode": "managed", "type": kind, "name": "this", "values": values}


def test_a_plan_is_read_by_the_module_within_the_platform(tmp_path: Path):
    database = {"instance_class": "db.t4g.micro", "allocated_storage": 20, "tags": {"a": "b"}}
    file = tmp_path / "plan.json"
    file.write_text(
        plan_of(
            planned("module.platform.module.database.aws_db_instance.this", database),
            planned('module.platform.module.storage.module.layer["gold"].aws_s3_bucket.this', {}),
            planned('module.platform.module.storage.module.layer["silver"].aws_s3_bucket.this', {}),
            planned("module.platform.aws_vpc_security_group_ingress_rule.ui", {}),
            planned("aws_eip.mine", {}),
            {"address": "module.platform.module.database.data.aws_ami.x", "mode": "data", "type": "aws_ami"},
        )
    )
    kept = {"instance_class": "db.t4g.micro", "allocated_storage": 20}
    assert read_inventory(file) == [
        Resource("aws_db_instance", "database", 1, kept),
        Resource("aws_secretsmanager_secret", "database", 1, {"made_by_aws": "the password that RDS keeps"}),
        Resource("aws_vpc_security_group_ingress_rule", "platform"),
        Resource("aws_eip", "root"),
        Resource("aws_s3_bucket", "storage", 2),
    ]


def test_sizes_in_nested_blocks_of_a_plan_are_priced(tmp_path: Path):
    disk = {"storage_info": [{"ebs_storage_info": [{"volume_size": 10}]}]}
    brokers = {"number_of_broker_nodes": 2, "broker_node_group_info": [{"instance_type": "kafka.t3.small", **disk}]}
    file = tmp_path / "plan.json"
    file.write_text(plan_of(planned("module.kafka.aws_msk_cluster.this", brokers)))
    assert total(read_inventory(file)) == 2 * (
        price("msk_t3_small_hour") * hours() + 10 * price("msk_storage_gb_month")
    )


def test_an_endpoint_is_in_as_many_zones_as_it_has_subnets(tmp_path: Path):
    file = tmp_path / "plan.json"
    known = {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b"]}
    file.write_text(
        plan_of(
            planned("module.network.aws_vpc_endpoint.known", known),
            planned("module.network.aws_vpc_endpoint.new", {"vpc_endpoint_type": "Interface"}),
        )
    )
    assert total(read_inventory(file)) == 3 * price("vpc_endpoint_hour") * hours()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"resources": []}', '{"resources": [{}]}', '{"planned_values": {}}'])
def test_a_file_that_is_no_inventory_is_refused_by_name(tmp_path: Path, text: str):
    file = tmp_path / "odd.json"
    file.write_text(text)
    with pytest.raises(Refused, match=r"odd\.json"):
        read_inventory(file)


def test_a_missing_inventory_and_an_unknown_switch_are_refused(tmp_path: Path):
    with pytest.raises(Refused, match="cannot be read"):
        read_inventory(tmp_path / "none.json")
    with pytest.raises(Refused, match="unknown switch 'nat'"):
        inventory_file("prod", "nat")
