# What a person who asks questions may do: read what is clean, what was rejected and what is built; never bronze, which
# holds everything as it came, and never a write but of their own results.
locals {
  readable = ["silver", "quarantine", "gold"]

  analyst_policy = [
    {
      Sid      = "ReadTables"
      Effect   = "Allow"
      Action   = ["s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"]
      Resource = flatten([for layer in concat(local.readable, ["analytics"]) : [local.bucket_arns[layer], "${local.bucket_arns[layer]}/*"]])
    },
    {
      Sid      = "OwnResults"
      Effect   = "Allow"
      Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
      Resource = "${local.bucket_arns.athena}/explore/*"
    },
    {
      Sid       = "FindResults"
      Effect    = "Allow"
      Action    = "s3:ListBucket"
      Resource  = local.bucket_arns.athena
      Condition = { StringLike = { "s3:prefix" = ["explore/*"] } }
    },
    { Sid = "LocateResults", Effect = "Allow", Action = "s3:GetBucketLocation", Resource = local.bucket_arns.athena },
    {
      Sid    = "ReadCatalog"
      Effect = "Allow"
      Action = local.catalog_reads
      Resource = concat(
        local.catalog,
        [for layer in local.readable : "${local.glue}:database/${var.databases[layer]}"],
        [for layer in local.readable : "${local.glue}:table/${var.databases[layer]}/*"],
      )
    },
    {
      Sid      = "NamesOfDatabases"
      Effect   = "Allow"
      Action   = "glue:GetDatabases"
      Resource = concat(local.catalog, ["${local.glue}:database/*"])
    },
    {
      Sid      = "QueryWithinTheCutoff"
      Effect   = "Allow"
      Action   = concat(local.query_actions, ["athena:BatchGetNamedQuery", "athena:GetNamedQuery", "athena:ListNamedQueries"])
      Resource = local.explore
    },
    {
      Sid      = "NamesOfTables"
      Effect   = "Allow"
      Action   = ["athena:GetDataCatalog", "athena:GetTableMetadata", "athena:ListDatabases", "athena:ListTableMetadata"]
      Resource = local.data_catalog
    },
  ]

  analyst_key = [
    { Sid = "Key", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = var.data_key_arn },
  ]
}
