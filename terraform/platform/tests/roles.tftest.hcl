# Who may be the runner.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  context             = { environment = "prod", name = "keystone-prod", account_id = "111122223333", region = "us-east-1" }
  buckets             = { for layer in ["bronze", "silver", "quarantine", "gold", "analytics", "athena", "logs"] : layer => "lake-${layer}" }
  databases           = { for layer in ["bronze", "silver", "quarantine", "gold"] : layer => layer }
  data_key_arn        = "arn:aws:kms:us-east-1:111122223333:key/data"
  ops_key_arn         = "arn:aws:kms:us-east-1:111122223333:key/ops"
  database_secret_arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:database"
  task_secret_arns    = {}
  compute             = "host"
  streaming           = false
}

run "no_workflow_is_the_runner_unless_it_is_asked_for" {
  command = plan

  module {
    source = "../modules/roles"
  }
  assert {
    condition     = !strcontains(aws_iam_role.this["runner"].assume_role_policy, "WebIdentity")
    error_message = "the host alone is the runner"
  }
}

run "the_daily_workflow_is_the_runner_where_it_is_asked_for" {
  command = plan

  module {
    source = "../modules/roles"
  }
  variables {
    workflow_subject = "repo:example/keystone-nexus:environment:prod-daily"
  }
  assert {
    condition = [for one in jsondecode(aws_iam_role.this["runner"].assume_role_policy).Statement : one.Condition.StringEquals["token.actions.githubusercontent.com:sub"]
    if one.Action == "sts:AssumeRoleWithWebIdentity"] == ["repo:example/keystone-nexus:environment:prod-daily"]
    error_message = "one repository and one of its environments, exactly"
  }
  assert {
    condition     = alltrue([for name, role in aws_iam_role.this : !strcontains(role.assume_role_policy, "WebIdentity") if name != "runner"])
    error_message = "and no other role"
  }
}
