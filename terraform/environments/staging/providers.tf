terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region              = var.region
  allowed_account_ids = var.offline || var.endpoint != null ? null : [var.account_id]

  default_tags {
    tags = {
      Project     = "keystone-nexus"
      Environment = local.environment
      ManagedBy   = "terraform"
    }
  }

  # Without an account: keys that open nothing, and no question asked. Otherwise the keys are those of whoever runs it.
  access_key                  = var.offline ? "none" : null
  secret_key                  = var.offline ? "none" : null
  skip_credentials_validation = var.offline
  skip_requesting_account_id  = var.offline
  skip_metadata_api_check     = var.offline
  s3_use_path_style           = var.endpoint != null

  dynamic "endpoints" {
    for_each = var.endpoint == null ? [] : [var.endpoint]

    content {
      applicationautoscaling = endpoints.value
      athena                 = endpoints.value
      autoscaling            = endpoints.value
      budgets                = endpoints.value
      cloudwatch             = endpoints.value
      cloudwatchlogs         = endpoints.value
      cognitoidp             = endpoints.value
      ec2                    = endpoints.value
      ecr                    = endpoints.value
      ecs                    = endpoints.value
      elbv2                  = endpoints.value
      events                 = endpoints.value
      glue                   = endpoints.value
      iam                    = endpoints.value
      kafka                  = endpoints.value
      kms                    = endpoints.value
      rds                    = endpoints.value
      route53                = endpoints.value
      s3                     = endpoints.value
      secretsmanager         = endpoints.value
      servicediscovery       = endpoints.value
      sns                    = endpoints.value
      ssm                    = endpoints.value
      sts                    = endpoints.value
    }
  }
}
