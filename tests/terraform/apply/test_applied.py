"""What staging is once it is applied, asked of the double itself and not of Terraform: `make test-terraform-apply`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.terraform.iam import Policy

LAKE = "olist-data-lake-staging-123456789012"
PROD = "olist-data-lake-123456789012"
LAYERS = ("bronze", "silver", "quarantine", "gold", "analytics", "athena", "logs")
# What a second plan wants to change though nothing changed: the double forgets it, or gives it back in another form.
KNOWN = Path(__file__).with_name("known_differences.json")


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")


@pytest.fixture(scope="module", autouse=True)
def _applied() -> None:
    if "KEYSTONE_TF_STATE" not in os.environ:
        pytest.skip("staging is applied by `make test-terraform-apply`, which runs these tests")


def role(task: str) -> Policy:
    iam, name = client("iam"), f"keystone-staging-{task}"
    inline = [
        iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"]
        for one in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    attached = [
        _version(one["PolicyArn"]) for one in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    ]
    boundary = iam.get_role(RoleName=name)["Role"].get("PermissionsBoundary")
    return Policy(
        [s for document in inline + attached for s in document["Statement"]],
        _version(boundary["PermissionsBoundaryArn"])["Statement"] if boundary else None,
    )


def _version(arn: str) -> dict[str, Any]:
    iam = client("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def test_the_buckets_refuse_plain_http_other_keys_and_deletion_from_bronze() -> None:
    s3 = client("s3")
    assert {one["Name"] for one in s3.list_buckets()["Buckets"]} == {f"{LAKE}-{layer}" for layer in LAYERS}
    for layer in LAYERS:
        bucket = f"{LAKE}-{layer}"
        sids = {one["Sid"] for one in json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]}
        assert {"OnlyTls", "OnlyTls12"} <= sids
        assert ({"OnlyKms", "OnlyThisKey"} <= sids) is (layer != "logs")
        assert ("NobodyDeletes" in sids) is (layer == "bronze")
        assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


def test_a_deletion_in_bronze_is_denied_and_one_in_silver_is_not() -> None:
    s3 = client("s3")
    document = json.loads(s3.get_bucket_policy(Bucket=f"{LAKE}-bronze")["Policy"])
    denied = [one for one in document["Statement"] if one["Sid"] == "NobodyDeletes"]
    assert (
        Policy([{"Effect": "Allow", "Action": "*", "Resource": "*"}, *denied]).allows(
            "s3:DeleteObject", f"arn:aws:s3:::{LAKE}-bronze/orders/one.parquet"
        )
        is False
    )
    runner = role("runner")
    assert not runner.allows("s3:DeleteObject", f"arn:aws:s3:::{LAKE}-bronze/orders/one.parquet")
    assert runner.allows("s3:DeleteObject", f"arn:aws:s3:::{LAKE}-silver/orders/one.parquet")


def test_roles_use_the_keys_and_secrets_of_staging_and_no_other() -> None:
    kms, secrets = client("kms"), client("secretsmanager")
    key = {one["AliasName"]: one["TargetKeyId"] for one in kms.list_aliases()["Aliases"] if "TargetKeyId" in one}
    arn = {name: f"arn:aws:kms:us-east-1:123456789012:key/{target}" for name, target in key.items()}
    strange = kms.create_key(Description="another environment's")["KeyMetadata"]["Arn"]
    runner, analyst = role("runner"), role("analyst")
    for purpose in ("data", "ops"):
        assert runner.allows("kms:GenerateDataKey", arn[f"alias/keystone-staging-{purpose}"])
    assert analyst.allows("kms:Decrypt", arn["alias/keystone-staging-data"])
    assert not analyst.allows("kms:Decrypt", arn["alias/keystone-staging-ops"])
    for one in (runner, analyst):
        assert not one.allows("kms:Decrypt", strange)
    kaggle = secrets.describe_secret(SecretId="keystone-staging/kaggle")["ARN"]
    assert runner.allows("secretsmanager:GetSecretValue", kaggle)
    assert not runner.allows("secretsmanager:GetSecretValue", kaggle.replace("staging", "prod"))
    assert not analyst.allows("secretsmanager:GetSecretValue", kaggle)


@pytest.mark.parametrize("task", ["runner", "analyst", "ci-plan", "ci-deploy"])
def test_staging_cannot_write_production(task: str) -> None:
    for layer in LAYERS:
        for action in ("s3:PutObject", "s3:DeleteObject", "s3:GetObject"):
            assert not role(task).allows(action, f"arn:aws:s3:::{PROD}-{layer}/orders/one.parquet")


def test_settings_registry_catalog_and_workgroups_are_what_the_program_looks_for() -> None:
    found = client("ssm").get_parameters_by_path(Path="/keystone/staging/", MaxResults=10)
    settings = {one["Name"].rpartition("/")[2]: one["Value"] for one in found["Parameters"]}
    while "NextToken" in found:
        found = client("ssm").get_parameters_by_path(Path="/keystone/staging/", NextToken=found["NextToken"])
        settings |= {one["Name"].rpartition("/")[2]: one["Value"] for one in found["Parameters"]}
    assert settings["KEYSTONE_LAKE"] == f"s3://{LAKE}"
    assert settings["KEYSTONE_ENV"] == "staging"
    assert settings["DAGSTER_PG_SECRET"].startswith("arn:aws:secretsmanager:")
    registry, schema = settings["KEYSTONE_SCHEMA_REGISTRY"].removeprefix("glue:").split("/")
    told = client("glue").get_schema(SchemaId={"RegistryName": registry, "SchemaName": schema})
    assert (told["DataFormat"], told["Compatibility"]) == ("PROTOBUF", "BACKWARD")
    for layer in ("bronze", "silver", "quarantine", "gold"):
        location = client("glue").get_database(Name=f"staging_{layer}")["Database"]["LocationUri"]
        assert location == f"s3://{LAKE}-{layer}/"
    group = client("athena").get_work_group(WorkGroup=settings["KEYSTONE_ATHENA_WORKGROUP"])["WorkGroup"]
    assert group["Configuration"]["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{LAKE}-athena/")
    assert client("sns").get_topic_attributes(TopicArn=settings["KEYSTONE_ALERT_TOPIC"])


def test_a_second_plan_changes_nothing_but_what_the_double_forgets() -> None:
    again = json.loads(Path(os.environ["KEYSTONE_TF_AGAIN"]).read_text("utf-8"))
    changed = {
        one["address"]: tuple(one["change"]["actions"])
        for one in again["resource_changes"]
        if one["mode"] == "managed" and one["change"]["actions"] != ["no-op"]
    }
    known = json.loads(KNOWN.read_text("utf-8"))
    assert {address: actions for address, actions in changed.items() if address not in known} == {}
    assert set(changed.values()) <= {("update",)}, "nothing is made anew"
