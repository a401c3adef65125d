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
    interface = Resource("aws_vpc_endpoint", "n", 3, {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b"]})
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


def test_a_plan_is_read_as_a_summary_is(tmp_path: Path):
    database = {"instance_class": "db.t4g.micro", "allocated_storage": 20}
    plan = {
        "planned_values": {
            "root_module": {
                "resources": [],
                "child_modules": [
                    {
                        "address": "module.database",
                        "resources": [
                            {
                                "address": "module.database.aws_db_instance.this",
                                "mode": "managed",
                                "type": "aws_db_instance",
                                "name": "this",
                                "values": database,
                            },
                            {"address": "module.database.data.aws_ami.x", "mode": "data", "type": "aws_ami"},
                        ],
                    }
                ],
            }
        }
    }
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan))
    assert read_inventory(file) == [Resource("aws_db_instance", "database", 1, database, "this")]


def test_nested_blocks_of_a_plan_give_the_same_price():
    flat = Resource(
        "aws_msk_cluster", "s", 1, {"instance_type": "kafka.t3.small", "number_of_broker_nodes": 2, "volume_size": 10}
    )
    nested = Resource(
        "aws_msk_cluster",
        "s",
        1,
        {
            "number_of_broker_nodes": 2,
            "broker_node_group_info": [
                {"instance_type": "kafka.t3.small", "storage_info": [{"ebs_storage_info": [{"volume_size": 10}]}]}
            ],
        },
    )
    assert total([flat]) == total([nested]) > 60


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
