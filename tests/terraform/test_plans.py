"""What no plan may hold, and what each must, in both environments and with each switch."""

from __future__ import annotations

import json
import re
from typing import Any

from keystone_nexus.glue.names import BUILD, SCHEMAS
from tests.terraform.plan import Plan, lake, other

ANYWHERE = ("0.0.0.0/0", "::/0")
LAYERS = ("bronze", "silver", "quarantine", "gold", "analytics", "athena", "logs")


def test_nothing_comes_in_from_everywhere(plan: Plan) -> None:
    rules = plan.all("aws_vpc_security_group_ingress_rule")
    assert rules
    assert not [r["address"] for r in rules if r["cidr_ipv4"] in ANYWHERE or r["cidr_ipv6"] in ANYWHERE]
    for group in plan.all("aws_security_group") + plan.all("aws_default_security_group"):
        assert not group.get("ingress"), group["address"]
        assert not group.get("egress"), group["address"]


def test_what_goes_out_to_everywhere_is_web_traffic_only(plan: Plan) -> None:
    open_ports = {r["from_port"] for r in plan.all("aws_vpc_security_group_egress_rule") if r["cidr_ipv4"] in ANYWHERE}
    assert open_ports <= {443, 80}


def test_neither_host_nor_database_has_an_inbound_rule_but_from_the_platform(plan: Plan) -> None:
    for rule in plan.all("aws_vpc_security_group_ingress_rule"):
        if rule["cidr_ipv4"]:
            assert re.search(r"module\.(network|ingest)", rule["address"]), rule["address"]
            assert rule["cidr_ipv4"] == "10.20.0.0/16"


def test_every_bucket_is_private_versioned_encrypted_and_tls_only(plan: Plan) -> None:
    buckets = plan.all("aws_s3_bucket")
    assert {b["bucket"] for b in buckets} == {f"{lake(plan.environment)}-{layer}" for layer in LAYERS}
    for bucket in buckets:
        near = bucket["address"].removesuffix(".aws_s3_bucket.this")
        block = _near(plan, "aws_s3_bucket_public_access_block", near)
        assert all(block[name] for name in block if name.startswith(("block_", "ignore_", "restrict_")))
        assert _near(plan, "aws_s3_bucket_versioning", near)["versioning_configuration"][0]["status"] == "Enabled"
        assert (
            _near(plan, "aws_s3_bucket_ownership_controls", near)["rule"][0]["object_ownership"]
            == "BucketOwnerEnforced"
        )
        assert _near(plan, "aws_s3_bucket_policy", near)
        (rule,) = _near(plan, "aws_s3_bucket_server_side_encryption_configuration", near)["rule"]
        wanted = "AES256" if bucket["bucket"].endswith("-logs") else "aws:kms"
        assert rule["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == wanted
    assert not plan.all("aws_s3_bucket_acl")
    assert not plan.all("aws_s3_bucket_website_configuration")


def _near(plan: Plan, kind: str, module: str) -> dict[str, Any]:
    (found,) = [one for one in plan.all(kind) if one["address"] == f"{module}.{kind}.this"]
    return found


def test_athenas_results_expire_and_the_lake_does_not(plan: Plan) -> None:
    for one in plan.all("aws_s3_bucket_lifecycle_configuration"):
        (expiry,) = [rule for rule in one["rule"] if rule["id"] == "expiry"]
        kept = re.search(r'layer\["(bronze|silver|quarantine|gold|analytics)"\]', one["address"])
        assert expiry["status"] == ("Disabled" if kept else "Enabled"), one["address"]


def test_the_database_is_private_and_has_no_password_of_ours(plan: Plan) -> None:
    database = plan.one("aws_db_instance")
    assert database["publicly_accessible"] is False
    assert database["storage_encrypted"] is True
    assert database["manage_master_user_password"] is True
    assert database["password"] is None
    assert database["backup_retention_period"] >= 1
    assert database["deletion_protection"] is (plan.environment == "prod")
    assert database["skip_final_snapshot"] is (plan.environment != "prod")
    parameters = {p["name"]: p["value"] for p in plan.one("aws_db_parameter_group")["parameter"]}
    assert parameters["rds.force_ssl"] == "1"


def test_the_host_demands_tokens_and_has_an_encrypted_disk(plan: Plan) -> None:
    if plan.switch == "fargate":
        assert not plan.all("aws_launch_template")
        return
    template = plan.one("aws_launch_template")
    assert template["metadata_options"][0]["http_tokens"] == "required"
    assert template["block_device_mappings"][0]["ebs"][0]["encrypted"] == "true"
    assert template["network_interfaces"][0]["associate_public_ip_address"] == str(plan.switch != "private").lower()
    assert template["key_name"] in (None, ""), "nobody signs in by SSH"
    group = plan.one("aws_autoscaling_group")
    assert (group["min_size"], group["max_size"], group["desired_capacity"]) == (1, 1, 1)


def test_no_nat_and_paid_endpoints_only_when_private(plan: Plan) -> None:
    assert not plan.all("aws_nat_gateway")
    assert not plan.all("aws_eip")
    kinds = [one["vpc_endpoint_type"] for one in plan.all("aws_vpc_endpoint")]
    assert kinds.count("Gateway") == 1
    services = {one["service_name"].removeprefix("com.amazonaws.us-east-1.") for one in plan.all("aws_vpc_endpoint")}
    if plan.switch == "private":
        assert services >= {
            "ssm",
            "ssmmessages",
            "ecr.api",
            "ecr.dkr",
            "logs",
            "glue",
            "athena",
            "secretsmanager",
            "sts",
        }
        assert not plan.all("aws_internet_gateway")
        assert not plan.all("aws_route")
    else:
        assert kinds == ["Gateway"]


def test_containers_cannot_write_themselves_and_nobody_can_enter_them(plan: Plan) -> None:
    definitions = plan.all("aws_ecs_task_definition")
    known = [json.loads(one["container_definitions"]) for one in definitions if one.get("container_definitions")]
    assert bool(definitions) is (plan.switch in ("fargate", "streaming"))
    for one in plan.all("aws_ecs_service"):
        assert one["enable_execute_command"] is False
        assert one["deployment_circuit_breaker"][0] == {"enable": True, "rollback": True}
    for (container,) in known:
        assert container["readonlyRootFilesystem"] is True
        assert container["user"] == "65532:65532"
        assert container["linuxParameters"]["capabilities"]["drop"] == ["ALL"]
        assert "@sha256:" in container["image"]


def test_kafka_speaks_tls_and_to_nobody_without_a_name(plan: Plan) -> None:
    if plan.switch != "streaming":
        assert not plan.all("aws_msk_cluster")
        return
    cluster = plan.one("aws_msk_cluster")
    (transit,) = cluster["encryption_info"][0]["encryption_in_transit"]
    assert (transit["client_broker"], transit["in_cluster"]) == ("TLS", True)
    (clients,) = cluster["client_authentication"]
    assert clients["unauthenticated"] is False
    assert clients["sasl"][0]["scram"] is True
    (listener,) = plan.all("aws_lb_listener")
    assert listener["protocol"] == "TLS"
    assert plan.one("aws_lb")["internal"] is True


def test_no_secret_is_in_a_plan(plan: Plan) -> None:
    text = json.dumps({key: plan.document[key] for key in ("planned_values", "resource_changes", "output_changes")})
    assert "only-for-a-plan-without-an-account" not in text


def test_the_environment_is_in_every_name(plan: Plan) -> None:
    plain = {f"{lake('prod')}-{layer}" for layer in LAYERS} | {*SCHEMAS, BUILD}
    fields = ("name", "bucket", "identifier", "family", "alarm_name", "dashboard_name", "cluster_name")
    inner = {  # named within something that has the environment in its name
        "aws_athena_named_query", "aws_ecs_service", "aws_iam_role_policy", "aws_s3_bucket_inventory",
        "aws_service_discovery_service",
    }  # fmt: skip
    named = 0
    for one in plan.resources:
        name = next((one["values"][field] for field in fields if one.get("values", {}).get(field)), None)
        if name is None or one["type"] in inner or (plan.environment == "prod" and name in plain):
            continue
        named += 1
        assert plan.environment in name, f"{one['address']} is called {name}"
    assert named > 30


def test_an_environment_knows_nothing_of_the_other(plan: Plan) -> None:
    text = json.dumps(plan.document["planned_values"]).replace("keystone-state-", "")
    strange = other(plan.environment)
    for name in (f"{lake(strange)}-", f"keystone-{strange}", f"/keystone/{strange}", f'"{strange}'):
        assert name not in text, name
    if plan.environment == "staging":
        assert not re.search(r"(database|table)/(bronze|silver|quarantine|gold|gold_build)\b", text)


def test_budgets_tell_at_50_and_100_dollars_when_spent_and_when_foreseen(plan: Plan) -> None:
    budgets = plan.all("aws_budgets_budget")
    assert sorted(float(one["limit_amount"]) for one in budgets) == [50, 100]
    for one in budgets:
        assert {n["notification_type"] for n in one["notification"]} == {"ACTUAL", "FORECASTED"}
        assert {n["threshold"] for n in one["notification"]} == {100}
        assert not one.get("cost_filter"), "a filter by a tag that nobody activated counts nothing"


def test_a_daily_run_that_did_not_happen_is_an_alarm(plan: Plan) -> None:
    (alarm,) = [
        one for one in plan.all("aws_cloudwatch_metric_alarm") if one["alarm_name"].endswith("daily-run-missing")
    ]
    assert (alarm["namespace"], alarm["metric_name"]) == ("KeystoneNexus", "DailyRunSucceeded")
    assert alarm["dimensions"] == {"Environment": plan.environment}
    assert alarm["treat_missing_data"] == "breaching"
    assert 24 < alarm["period"] * alarm["evaluation_periods"] / 3600 <= 30


def test_athena_has_a_cutoff_and_people_cannot_leave_the_place_of_results(plan: Plan) -> None:
    groups = {one["name"]: one["configuration"][0] for one in plan.all("aws_athena_workgroup")}
    assert set(groups) == {f"keystone-{plan.environment}", f"keystone-{plan.environment}-explore"}
    platform, explore = (groups[f"keystone-{plan.environment}{end}"] for end in ("", "-explore"))
    # An enforced place of results would take gold's tables too (keystone_nexus/glue/workgroup.py).
    assert platform["enforce_workgroup_configuration"] is False
    assert explore["enforce_workgroup_configuration"] is True
    assert explore["bytes_scanned_cutoff_per_query"] < platform["bytes_scanned_cutoff_per_query"] <= 10 * 2**30
    for one in groups.values():
        (result,) = one["result_configuration"]
        assert result["encryption_configuration"][0]["encryption_option"] == "SSE_KMS"
        assert result["output_location"].startswith(f"s3://{lake(plan.environment)}-athena/")


def test_production_is_protected_and_staging_can_be_given_up(plan: Plan) -> None:
    assert all(b["force_destroy"] is (plan.environment == "staging") for b in plan.all("aws_s3_bucket"))
