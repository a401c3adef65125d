locals {
  bucket_arn = "arn:aws:s3:::${var.name}"

  transport = [
    {
      Sid       = "OnlyTls"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = "s3:*"
      Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    },
    {
      Sid       = "OnlyTls12"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = "s3:*"
      Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
      Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
    },
  ]

  # A put that names no encryption gets the bucket's; one that names another is refused.
  encryption = var.encryption == "s3" ? [] : [
    {
      Sid       = "OnlyKms"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = "s3:PutObject"
      Resource  = "${local.bucket_arn}/*"
      Condition = {
        Null            = { "s3:x-amz-server-side-encryption" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption" = "aws:kms" }
      }
    },
    {
      Sid       = "OnlyThisKey"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = "s3:PutObject"
      Resource  = "${local.bucket_arn}/*"
      Condition = {
        Null            = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = var.kms_key_arn }
      }
    },
  ]

  deletion = length(var.undeletable) == 0 ? [] : [{
    Sid       = "NobodyDeletes"
    Effect    = "Deny"
    Principal = { AWS = "*" }
    Action    = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    Resource  = [for pattern in var.undeletable : "${local.bucket_arn}/${pattern}"]
  }]
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      local.transport, local.encryption, local.deletion, [for statement in var.statements : jsondecode(statement)],
    )
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}
