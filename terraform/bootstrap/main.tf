# Once for each account, before any environment: where Terraform's state is kept, and what an account has only one of.
# Its own state is a small local file (docs/terraform.md).
provider "aws" {
  region                      = var.region
  allowed_account_ids         = var.offline ? null : [var.account_id]
  access_key                  = var.offline ? "none" : null
  secret_key                  = var.offline ? "none" : null
  skip_credentials_validation = var.offline
  skip_requesting_account_id  = var.offline
  skip_metadata_api_check     = var.offline

  default_tags {
    tags = {
      Project     = "keystone-nexus"
      Environment = "account"
      ManagedBy   = "terraform"
    }
  }
}

resource "aws_kms_key" "account" {
  description             = "keystone: Terraform's state and the image repositories"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AccountDecidesByIam"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${var.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_alias" "account" {
  name          = "alias/keystone-account"
  target_key_id = aws_kms_key.account.key_id
}
