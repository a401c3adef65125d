# Names of everything that a role may touch: exact ones, so that no pattern reaches another environment.
locals {
  name    = var.context.name
  account = var.context.account_id
  region  = var.context.region

  data_layers = ["bronze", "silver", "quarantine", "gold", "analytics", "athena"]
  bucket_arns = { for layer, name in var.buckets : layer => "arn:aws:s3:::${name}" }

  glue      = "arn:aws:glue:${local.region}:${local.account}"
  catalog   = ["${local.glue}:catalog"]
  databases = [for name in sort(values(var.databases)) : "${local.glue}:database/${name}"]
  tables    = [for name in sort(values(var.databases)) : "${local.glue}:table/${name}/*"]
  schemas   = ["${local.glue}:registry/${local.name}", "${local.glue}:schema/${local.name}/*"]

  athena          = "arn:aws:athena:${local.region}:${local.account}"
  workgroup       = "${local.athena}:workgroup/${local.name}"
  explore         = "${local.athena}:workgroup/${local.name}-explore"
  data_catalog    = "${local.athena}:datacatalog/AwsDataCatalog"
  topic           = "arn:aws:sns:${local.region}:${local.account}:${local.name}-alerts"
  parameters      = "arn:aws:ssm:${local.region}:${local.account}:parameter/keystone/${var.context.environment}"
  log_groups      = "arn:aws:logs:${local.region}:${local.account}:log-group:/${local.name}/*"
  ecs             = "arn:aws:ecs:${local.region}:${local.account}"
  repository_arns = [for name in var.repositories : "arn:aws:ecr:${local.region}:${local.account}:repository/${name}"]

  query_actions = [
    "athena:BatchGetQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:GetWorkGroup",
    "athena:ListQueryExecutions", "athena:StartQueryExecution", "athena:StopQueryExecution",
  ]
  catalog_reads = [
    "glue:BatchGetPartition", "glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable",
    "glue:GetTables", "glue:GetTableVersions",
  ]
  catalog_writes = [
    "glue:BatchCreatePartition", "glue:BatchDeletePartition", "glue:BatchDeleteTable", "glue:BatchDeleteTableVersion",
    "glue:BatchUpdatePartition", "glue:CreatePartition", "glue:CreateTable", "glue:DeletePartition",
    "glue:DeleteTable", "glue:DeleteTableVersion", "glue:UpdatePartition", "glue:UpdateTable",
  ]
}
