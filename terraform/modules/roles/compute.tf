# What the two ways of computing need beside the lake.
locals {
  host_policy = [
    {
      Sid    = "SessionManager"
      Effect = "Allow"
      Action = [
        "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
      ]
      Resource = "*"
    },
    { Sid = "RegistryLogin", Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
    {
      Sid      = "Images"
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = local.repository_arns
    },
    {
      Sid      = "Logs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      Resource = local.log_groups
    },
  ]

  # Dagster's run launcher: starts runs of one task definition on one cluster, with two roles and no others.
  launch_policy = [
    {
      Sid       = "StartRuns"
      Effect    = "Allow"
      Action    = "ecs:RunTask"
      Resource  = "${local.ecs}:task-definition/${local.name}-run:*"
      Condition = { ArnEquals = { "ecs:cluster" = "${local.ecs}:cluster/${local.name}" } }
    },
    {
      Sid      = "FollowRuns"
      Effect   = "Allow"
      Action   = ["ecs:DescribeTasks", "ecs:StopTask"]
      Resource = "${local.ecs}:task/${local.name}/*"
    },
    {
      Sid       = "LabelRuns"
      Effect    = "Allow"
      Action    = "ecs:TagResource"
      Resource  = "${local.ecs}:task/${local.name}/*"
      Condition = { StringEquals = { "ecs:CreateAction" = "RunTask" } }
    },
    {
      Sid      = "LookAtItself"
      Effect   = "Allow"
      Action   = ["ec2:DescribeNetworkInterfaces", "ecs:DescribeTaskDefinition"]
      Resource = "*"
    },
    {
      Sid       = "HandOverTwoRoles"
      Effect    = "Allow"
      Action    = "iam:PassRole"
      Resource  = [for role in ["execution", "runner"] : "arn:aws:iam::${local.account}:role/${local.name}-${role}"]
      Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    },
  ]

  webserver_policy = [
    {
      Sid      = "LogsOfSteps"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${local.bucket_arns.logs}/dagster/*"
    },
    {
      Sid       = "ListLogsOfSteps"
      Effect    = "Allow"
      Action    = "s3:ListBucket"
      Resource  = local.bucket_arns.logs
      Condition = { StringLike = { "s3:prefix" = ["dagster/*"] } }
    },
    {
      Sid      = "StopRuns"
      Effect   = "Allow"
      Action   = ["ecs:DescribeTasks", "ecs:StopTask"]
      Resource = "${local.ecs}:task/${local.name}/*"
    },
    {
      Sid      = "LookAtItself"
      Effect   = "Allow"
      Action   = ["ec2:DescribeNetworkInterfaces", "ecs:DescribeTaskDefinition"]
      Resource = "*"
    },
  ]

  webserver_secrets = [
    {
      Sid      = "DatabasePassword"
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = var.database_secret_arn
    },
    { Sid = "Keys", Effect = "Allow", Action = "kms:Decrypt", Resource = var.ops_key_arn },
  ]

  execution_policy = [
    { Sid = "RegistryLogin", Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
    {
      Sid      = "Images"
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = local.repository_arns
    },
    {
      Sid      = "Logs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = local.log_groups
    },
  ]

  execution_secrets = [
    {
      Sid      = "Secrets"
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = concat([var.database_secret_arn], [for name in sort(keys(var.task_secret_arns)) : var.task_secret_arns[name]])
    },
    { Sid = "Keys", Effect = "Allow", Action = "kms:Decrypt", Resource = var.ops_key_arn },
  ]

  # The ingest server needs nothing of AWS: its Kafka user is handed to it. What stands here is that it has nothing.
  ingest_policy = [{
    Sid      = "NoLake"
    Effect   = "Deny"
    Action   = ["s3:*", "glue:*", "athena:*", "secretsmanager:*"]
    Resource = "*"
  }]

  # What names keys and secrets stands apart: AWS makes their names, all else can be read before anything is made.
  other_policies = merge(
    local.fargate ? {
      "webserver/access"  = { role = "webserver", statements = jsonencode(local.webserver_policy) }
      "webserver/secrets" = { role = "webserver", statements = jsonencode(local.webserver_secrets) }
    } : {},
    local.fargate || var.streaming ? {
      "execution/access"  = { role = "execution", statements = jsonencode(local.execution_policy) }
      "execution/secrets" = { role = "execution", statements = jsonencode(local.execution_secrets) }
    } : {},
    var.streaming ? { "ingest/access" = { role = "ingest", statements = jsonencode(local.ingest_policy) } } : {},
    {
      "analyst/access" = { role = "analyst", statements = jsonencode(local.analyst_policy) }
      "analyst/key"    = { role = "analyst", statements = jsonencode(local.analyst_key) }
    },
  )
}

resource "aws_iam_role_policy" "other" {
  #checkov:skip=CKV_AWS_355:GetAuthorizationToken and the two Describe calls know no resources
  for_each = local.other_policies
  name     = basename(each.key)
  role     = aws_iam_role.this[each.value.role].id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = jsondecode(each.value.statements)
  })
}
