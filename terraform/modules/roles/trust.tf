# Who may be which role.
locals {
  tasks = {
    Effect    = "Allow"
    Principal = { Service = "ecs-tasks.amazonaws.com" }
    Action    = "sts:AssumeRole"
    Condition = {
      StringEquals = { "aws:SourceAccount" = local.account }
      ArnLike      = { "aws:SourceArn" = "${local.ecs}:*" }
    }
  }
  hosts = {
    Effect    = "Allow"
    Principal = { Service = "ec2.amazonaws.com" }
    Action    = "sts:AssumeRole"
  }
  people = {
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::${local.account}:root" }
    Action    = "sts:AssumeRole"
    Condition = { Bool = { "aws:MultiFactorAuthPresent" = "true" } }
  }
  # The workflow `daily`, where it runs instead of a host's scheduler.
  github = "token.actions.githubusercontent.com"
  workflow = {
    Effect    = "Allow"
    Principal = { Federated = "arn:aws:iam::${local.account}:oidc-provider/${local.github}" }
    Action    = "sts:AssumeRoleWithWebIdentity"
    Condition = { StringEquals = {
      "${local.github}:aud" = "sts.amazonaws.com"
      "${local.github}:sub" = var.workflow_subject == null ? "" : var.workflow_subject
    } }
  }

  fargate = var.compute == "fargate"
  # As text, since statements of different shapes have no common type.
  trusts = { tasks = jsonencode(local.tasks), hosts = jsonencode(local.hosts), people = jsonencode(local.people) }
  kinds = {
    runner    = local.fargate ? "tasks" : "hosts"
    analyst   = "people"
    webserver = local.fargate ? "tasks" : null
    ingest    = var.streaming ? "tasks" : null
    execution = local.fargate || var.streaming ? "tasks" : null
  }
  roles = { for role, kind in local.kinds : role => local.trusts[kind] if kind != null }
  descriptions = {
    runner    = "Runs, daemon and code location (on one host: everything that runs there)"
    webserver = "The Dagster UI: reads Dagster's state, never the lake"
    ingest    = "The ingest server: speaks to Kafka, not to AWS"
    execution = "ECS: pulls images, writes logs, hands secrets to containers"
    analyst   = "People who query: reads silver, quarantine and gold within the small cutoff"
  }
}

resource "aws_iam_role" "this" {
  for_each             = local.roles
  name                 = "${local.name}-${each.key}"
  description          = local.descriptions[each.key]
  permissions_boundary = aws_iam_policy.boundary.arn
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [jsondecode(each.value)],
      each.key == "runner" && var.workflow_subject != null ? [local.workflow] : [],
    )
  })
}

resource "aws_iam_instance_profile" "host" {
  count = local.fargate ? 0 : 1
  name  = "${local.name}-runner"
  role  = aws_iam_role.this["runner"].name
}
