# What a run may do: write the lake and its catalog, query, tell. It never deletes what landed in bronze.
locals {
  lake_policy = [
    {
      Sid      = "LookIntoBuckets"
      Effect   = "Allow"
      Action   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
      Resource = [for layer in local.data_layers : local.bucket_arns[layer]]
    },
    {
      Sid      = "ReadAndWriteObjects"
      Effect   = "Allow"
      Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
      Resource = [for layer in local.data_layers : "${local.bucket_arns[layer]}/*"]
    },
    {
      Sid      = "DeleteWhatIsDerived"
      Effect   = "Allow"
      Action   = "s3:DeleteObject"
      Resource = [for layer in local.data_layers : "${local.bucket_arns[layer]}/*" if layer != "bronze"]
    },
    {
      Sid      = "NeverDeleteBronze"
      Effect   = "Deny"
      Action   = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
      Resource = "${local.bucket_arns.bronze}/*"
    },
    {
      Sid      = "WriteLogsOfSteps"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = "${local.bucket_arns.logs}/dagster/*"
    },
    {
      Sid       = "ListLogsOfSteps"
      Effect    = "Allow"
      Action    = "s3:ListBucket"
      Resource  = local.bucket_arns.logs
      Condition = { StringLike = { "s3:prefix" = ["dagster/*"] } }
    },
  ]

  catalog_policy = [
    {
      Sid      = "CatalogOfThisLake"
      Effect   = "Allow"
      Action   = concat(local.catalog_reads, local.catalog_writes)
      Resource = concat(local.catalog, local.databases, local.tables)
    },
    {
      Sid      = "NamesOfDatabases"
      Effect   = "Allow"
      Action   = "glue:GetDatabases"
      Resource = concat(local.catalog, ["${local.glue}:database/*"])
    },
    {
      Sid      = "SchemasOfEvents"
      Effect   = "Allow"
      Action   = ["glue:CreateSchema", "glue:GetSchema", "glue:GetSchemaVersion", "glue:RegisterSchemaVersion"]
      Resource = local.schemas
    },
    {
      Sid      = "Query"
      Effect   = "Allow"
      Action   = local.query_actions
      Resource = local.workgroup
    },
    {
      Sid      = "NamesOfTables"
      Effect   = "Allow"
      Action   = ["athena:GetDataCatalog", "athena:GetTableMetadata", "athena:ListDatabases", "athena:ListTableMetadata"]
      Resource = local.data_catalog
    },
  ]

  tell_policy = [
    {
      Sid       = "MetricsOfTheProgram"
      Effect    = "Allow"
      Action    = "cloudwatch:PutMetricData"
      Resource  = "*"
      Condition = { StringEquals = { "cloudwatch:namespace" = "KeystoneNexus" } }
    },
    { Sid = "Alert", Effect = "Allow", Action = ["sns:GetTopicAttributes", "sns:Publish"], Resource = local.topic },
    {
      Sid      = "Settings"
      Effect   = "Allow"
      Action   = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]
      Resource = [local.parameters, "${local.parameters}/*"]
    },
  ]

  secret_policy = [
    {
      Sid      = "Secrets"
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = concat([var.database_secret_arn], [for name in sort(keys(var.task_secret_arns)) : var.task_secret_arns[name]])
    },
    {
      Sid      = "Keys"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
      Resource = [var.data_key_arn, var.ops_key_arn]
    },
  ]

  runner_policies = { for name, statements in {
    lake    = local.lake_policy
    catalog = local.catalog_policy
    tell    = local.tell_policy
    secrets = local.secret_policy
    host    = local.host_policy
    launch  = local.launch_policy
  } : name => statements if name != (local.fargate ? "host" : "launch") }
}

resource "aws_iam_role_policy" "runner" {
  #checkov:skip=CKV_AWS_355:PutMetricData, GetAuthorizationToken and Session Manager's channels know no resources; the first is narrowed by namespace
  #checkov:skip=CKV_AWS_290:PutMetricData and Session Manager's channels know no resources
  for_each = local.runner_policies
  name     = each.key
  role     = aws_iam_role.this["runner"].id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = each.value
  })
}
