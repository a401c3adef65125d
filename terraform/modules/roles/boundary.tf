# The most that any role of this environment can ever have, whatever its policies say: services that tasks use, and of
# the lake, the catalog, settings and secrets only this environment's.
resource "aws_iam_policy" "boundary" {
  #checkov:skip=CKV_AWS_355:a boundary grants nothing, the roles' policies name their resources
  #checkov:skip=CKV_AWS_290:a boundary grants nothing, the roles' policies name their resources
  #checkov:skip=CKV_AWS_288:a boundary grants nothing, the roles' policies name their resources
  #checkov:skip=CKV_AWS_289:a boundary grants nothing, the roles' policies name their resources
  #checkov:skip=CKV_AWS_287:a boundary grants nothing, the roles' policies name their resources
  #checkov:skip=CKV_AWS_286:a boundary grants nothing, the roles' policies name their resources
  #checkov:skip=CKV2_AWS_40:a boundary grants nothing, and it denies IAM but for passing two roles
  name        = "${local.name}-boundary"
  description = "The most that a role of ${local.name} can have"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "ServicesOfTasks"
        Effect = "Allow"
        Action = [
          "athena:*", "cloudwatch:*", "ec2:DescribeNetworkInterfaces", "ec2messages:*", "ecr:*", "ecs:*", "glue:*",
          "iam:PassRole", "kms:*", "logs:*", "s3:*", "secretsmanager:GetSecretValue", "sns:GetTopicAttributes", "sns:Publish", "ssm:*",
          "ssmmessages:*",
        ]
        Resource = "*"
      },
      {
        Sid         = "OnlyThisLake"
        Effect      = "Deny"
        Action      = "s3:*"
        NotResource = flatten([for arn in values(local.bucket_arns) : [arn, "${arn}/*"]])
      },
      {
        Sid         = "OnlyTheseTables"
        Effect      = "Deny"
        Action      = local.catalog_writes
        NotResource = concat(local.catalog, local.databases, local.tables)
      },
      {
        Sid         = "OnlyTheseWorkgroups"
        Effect      = "Deny"
        Action      = "athena:StartQueryExecution"
        NotResource = [local.workgroup, local.explore]
      },
      {
        Sid         = "OnlyTheseSettings"
        Effect      = "Deny"
        Action      = ["ssm:GetParameter*", "ssm:PutParameter", "ssm:DeleteParameter*"]
        NotResource = [local.parameters, "${local.parameters}/*"]
      },
      {
        Sid         = "OnlyTheseAlerts"
        Effect      = "Deny"
        Action      = "sns:Publish"
        NotResource = local.topic
      },
    ]
  })
}
