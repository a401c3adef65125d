# One key. Who may use it is said by the roles' own policies; the key's policy adds only AWS services, and those only
# on behalf of this account.
locals {
  account = {
    Sid       = "AccountDecidesByIam"
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::${var.context.account_id}:root" }
    Action    = "kms:*"
    Resource  = "*"
  }
  services = [for service in var.services : {
    Sid       = "Service${replace(title(split(".", service)[0]), "-", "")}"
    Effect    = "Allow"
    Principal = { Service = service }
    Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
    Resource  = "*"
    Condition = { StringEquals = { "aws:SourceAccount" = var.context.account_id } }
  }]
  logs = var.logs ? [{
    Sid       = "LogGroupsOfThisEnvironment"
    Effect    = "Allow"
    Principal = { Service = "logs.${var.context.region}.amazonaws.com" }
    Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    Resource  = "*"
    Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = [
      for group in ["/${var.context.name}/*", "/aws/rds/instance/${var.context.name}/*"] :
      "arn:aws:logs:${var.context.region}:${var.context.account_id}:log-group:${group}"
    ] } }
  }] : []
}

resource "aws_kms_key" "this" {
  description             = "${var.context.name}: ${var.purpose}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat([local.account], local.services, local.logs)
  })
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.context.name}-${var.purpose}"
  target_key_id = aws_kms_key.this.key_id
}
