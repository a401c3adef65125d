"""What each role may do, decided as IAM decides; above all that no role of one environment reaches the other's data."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.terraform.iam import Policy, listed
from tests.terraform.plan import Plan, holder, lake, other

ACCOUNT, REGION = "111122223333", "us-east-1"
TASKS = {
    "default": ("runner", "analyst", "ci-plan", "ci-deploy"),
    "fargate": ("runner", "webserver", "execution", "analyst", "ci-plan", "ci-deploy"),
    "streaming": ("runner", "ingest", "execution", "analyst", "ci-plan", "ci-deploy"),
    "private": ("runner", "analyst", "ci-plan", "ci-deploy"),
}
WRITES = ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")

# Actions that know no resource, or that only list: all else must name what it is for.
UNNAMED = {
    "cloudwatch:PutMetricData", "ec2:DescribeNetworkInterfaces", "ecr:GetAuthorizationToken",
    "ecs:DescribeTaskDefinition", "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
}  # fmt: skip


def key(environment: str, layer: str, name: str = "orders/one.parquet") -> str:
    return f"arn:aws:s3:::{lake(environment)}-{layer}/{name}"


def glue(environment: str, layer: str) -> str:
    database = layer if environment == "prod" else f"{environment}_{layer}"
    return f"arn:aws:glue:{REGION}:{ACCOUNT}:table/{database}/orders"


def group(environment: str, end: str = "") -> str:
    return f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/keystone-{environment}{end}"


def roles(plans: dict[str, Plan], environment: str) -> list[tuple[str, Policy]]:
    return [
        (f"{switch}/{task}", plans[f"{environment}-{switch}"].role(task))
        for switch, tasks in TASKS.items()
        for task in tasks
    ]


def test_no_role_reaches_the_other_environment(plans: dict[str, Plan], environment: str) -> None:
    strange = other(environment)
    for name, role in roles(plans, environment):
        for layer in ("bronze", "silver", "quarantine", "gold", "analytics", "athena", "logs"):
            for action in (*WRITES, "s3:GetObject"):
                assert not role.allows(action, key(strange, layer)), f"{name}: {action} on {strange}'s {layer}"
        for action in ("glue:UpdateTable", "glue:DeleteTable", "glue:CreateTable"):
            assert not role.allows(action, glue(strange, "gold")), f"{name}: {action}"
        assert not role.allows("athena:StartQueryExecution", group(strange)), name
        assert not role.allows("sns:Publish", f"arn:aws:sns:{REGION}:{ACCOUNT}:keystone-{strange}-alerts"), name
        parameter = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/keystone/{strange}/KEYSTONE_LAKE"
        assert not role.allows("ssm:GetParameter", parameter), name
        assert not role.allows("ssm:PutParameter", parameter), name
        assert not role.allows("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/keystone-{strange}-runner"), name


def test_even_a_role_that_may_do_all_is_held_by_the_boundary(plans: dict[str, Plan], environment: str) -> None:
    boundary = plans[f"{environment}-default"].boundary
    everything = Policy([{"Effect": "Allow", "Action": "*", "Resource": "*"}], boundary)
    assert everything.allows("s3:PutObject", key(environment, "silver"))
    assert not everything.allows("s3:PutObject", key(other(environment), "silver"))
    assert not everything.allows("glue:UpdateTable", glue(other(environment), "gold"))
    assert not everything.allows("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/one")


def test_a_run_writes_its_lake_and_never_deletes_bronze(plans: dict[str, Plan], environment: str) -> None:
    for switch in TASKS:
        role = plans[f"{environment}-{switch}"].role("runner")
        for layer in ("bronze", "silver", "quarantine", "gold", "analytics"):
            assert role.allows("s3:PutObject", key(environment, layer))
            assert role.allows("s3:GetObject", key(environment, layer))
        for layer in ("silver", "quarantine", "gold", "analytics"):
            assert role.allows("s3:DeleteObject", key(environment, layer))
        for action in ("s3:DeleteObject", "s3:DeleteObjectVersion"):
            assert not role.allows(action, key(environment, "bronze"))
        for action in ("UpdateTable", "BatchUpdatePartition", "BatchDeleteTable"):  # building and publishing gold
            assert role.allows(f"glue:{action}", glue(environment, "gold"))
            assert role.allows(f"glue:{action}", glue(environment, "gold_build"))
        assert role.allows("athena:StartQueryExecution", group(environment))
        assert role.allows("sns:GetTopicAttributes", f"arn:aws:sns:{REGION}:{ACCOUNT}:keystone-{environment}-alerts")
        assert role.allows("cloudwatch:PutMetricData", "*", cloudwatch__namespace="KeystoneNexus")
        assert not role.allows("cloudwatch:PutMetricData", "*", cloudwatch__namespace="AWS/EC2")
        assert not role.allows("s3:PutBucketPolicy", f"arn:aws:s3:::{lake(environment)}-silver")


def test_the_run_launcher_hands_over_two_roles_and_no_other(plans: dict[str, Plan], environment: str) -> None:
    role = plans[f"{environment}-fargate"].role("runner")
    own = f"arn:aws:iam::{ACCOUNT}:role/keystone-{environment}"
    for task in ("runner", "execution"):
        assert role.allows("iam:PassRole", f"{own}-{task}", iam__PassedToService="ecs-tasks.amazonaws.com")
        assert not role.allows("iam:PassRole", f"{own}-{task}", iam__PassedToService="lambda.amazonaws.com")
    for task in ("ci-deploy", "webserver", "analyst"):
        assert not role.allows("iam:PassRole", f"{own}-{task}", iam__PassedToService="ecs-tasks.amazonaws.com")
    cluster = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/keystone-{environment}"
    task = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/keystone-{environment}"
    assert role.allows("ecs:RunTask", f"{task}-run:7", ecs__cluster=cluster)
    assert not role.allows("ecs:RunTask", f"{task}-webserver:7", ecs__cluster=cluster)


def test_the_webserver_and_the_ingest_server_do_not_see_the_lake(plans: dict[str, Plan], environment: str) -> None:
    for switch, task in (("fargate", "webserver"), ("streaming", "ingest")):
        role = plans[f"{environment}-{switch}"].role(task)
        for layer in ("bronze", "silver", "gold"):
            assert not role.allows("s3:GetObject", key(environment, layer))
            assert not role.allows("s3:PutObject", key(environment, layer))


def test_an_analyst_reads_what_is_clean_within_the_small_cutoff(plans: dict[str, Plan], environment: str) -> None:
    role = plans[f"{environment}-default"].role("analyst")
    assert role.allows("s3:GetObject", key(environment, "gold"))
    assert not role.allows("s3:GetObject", key(environment, "bronze")), "bronze holds personal data as it came"
    for layer in ("bronze", "silver", "quarantine", "gold", "analytics"):
        assert not role.allows("s3:PutObject", key(environment, layer))
        assert not role.allows("s3:DeleteObject", key(environment, layer))
    assert role.allows("athena:StartQueryExecution", group(environment, "-explore"))
    assert not role.allows("athena:StartQueryExecution", group(environment))
    assert not role.allows("glue:UpdateTable", glue(environment, "gold"))
    assert role.allows("glue:GetTable", glue(environment, "gold"))
    assert not role.allows("glue:GetTable", glue(environment, "gold_build")), "what is not tested yet"
    assert role.allows("s3:PutObject", key(environment, "athena", "explore/1.csv"))
    assert not role.allows("s3:PutObject", key(environment, "athena", "platform/1.csv"))


def test_ci_reads_no_data_and_makes_no_role_without_the_boundary(plans: dict[str, Plan], environment: str) -> None:
    own = f"arn:aws:iam::{ACCOUNT}:role/keystone-{environment}"
    bound = f"arn:aws:iam::{ACCOUNT}:policy/keystone-{environment}-boundary"
    for task in ("ci-plan", "ci-deploy"):
        role = plans[f"{environment}-default"].role(task)
        assert not role.allows("s3:GetObject", key(environment, "gold"))
        assert not role.allows(
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:keystone-{environment}/kaggle",
        )
        state = f"arn:aws:s3:::keystone-state-{ACCOUNT}/keystone/{environment}/terraform.tfstate"
        assert role.allows("s3:GetObject", state)
        assert not role.allows("s3:PutObject", state.replace(environment, other(environment)))
        assert role.allows("s3:PutObject", state) is (task == "ci-deploy")
        assert not role.allows("iam:CreateRole", f"{own}-runner")
        assert not role.allows("iam:PutRolePolicy", f"{own}-ci-deploy", iam__PermissionsBoundary=bound)
    deploy = plans[f"{environment}-default"].role("ci-deploy")
    assert deploy.allows("iam:CreateRole", f"{own}-runner", iam__PermissionsBoundary=bound)
    assert not deploy.allows("iam:CreatePolicyVersion", bound)
    assert not deploy.allows("iam:DeleteRolePermissionsBoundary", f"{own}-runner")


def test_githubs_workflows_are_let_in_by_exact_names(plan: Plan) -> None:
    subjects = {}
    for address, document in plan.documents():
        for one in document["Statement"]:
            if "Federated" in (one.get("Principal") or {}):
                (condition,) = one["Condition"].values()
                assert set(one["Condition"]) == {"StringEquals"}
                subjects[address.split('"')[1]] = set(listed(condition["token.actions.githubusercontent.com:sub"]))
    here = f"repo:example/keystone-nexus:environment:{plan.environment}"
    assert subjects == {"ci-deploy": {here}, "ci-plan": {here, "repo:example/keystone-nexus:pull_request"}}


@pytest.mark.parametrize("task", ["runner", "webserver", "execution", "analyst", "ingest"])
def test_what_is_allowed_on_everything_knows_no_resource(plans: dict[str, Plan], environment: str, task: str) -> None:
    for switch, tasks in TASKS.items():
        if task not in tasks:
            continue
        for one in plans[f"{environment}-{switch}"].role(task).statements:
            if one["Effect"] == "Allow" and "*" in listed(one["Resource"]):
                assert set(listed(one["Action"])) <= UNNAMED, one["Sid"]


def test_policies_fit_into_what_iam_takes(plan: Plan) -> None:
    size: Counter[str | None] = Counter()
    for one in plan.all("aws_iam_role_policy"):
        # What names keys and secrets is known later, and below 1,000 characters.
        size[holder(one["address"])] += len("".join(one["policy"].split())) if one.get("policy") else 1_000
    assert {role: used for role, used in size.items() if used > 10_240} == {}
    for one in plan.all("aws_iam_policy"):
        assert len("".join(one["policy"].split())) <= 6_144, one["name"]
