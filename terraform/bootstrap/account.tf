# What an account has only one of, so that two environments in it would fight over it.
resource "aws_s3_account_public_access_block" "this" {
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_ebs_encryption_by_default" "this" {
  enabled = true
}

# The catalog's metadata with the key that AWS keeps for Glue, which needs no grants; passwords of connections with ours.
resource "aws_glue_data_catalog_encryption_settings" "this" {
  #checkov:skip=CKV_AWS_94:both are encrypted, the catalog by the key that Glue takes when none is named
  data_catalog_encryption_settings {
    encryption_at_rest {
      catalog_encryption_mode = "SSE-KMS"
    }

    connection_password_encryption {
      return_connection_password_encrypted = true
      aws_kms_key_id                       = aws_kms_key.account.arn
    }
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_ce_anomaly_monitor" "services" {
  count             = var.anomaly_monitor_arn == null ? 1 : 0
  name              = "keystone-services"
  monitor_type      = "DIMENSIONAL"
  monitor_dimension = "SERVICE"
}

resource "aws_ce_anomaly_subscription" "mail" {
  name             = "keystone-unusual-costs"
  frequency        = "DAILY"
  monitor_arn_list = [coalesce(var.anomaly_monitor_arn, one(aws_ce_anomaly_monitor.services[*].arn))]

  dynamic "subscriber" {
    for_each = toset(var.alert_emails)

    content {
      type    = "EMAIL"
      address = subscriber.value
    }
  }

  threshold_expression {
    dimension {
      key           = "ANOMALY_TOTAL_IMPACT_ABSOLUTE"
      match_options = ["GREATER_THAN_OR_EQUAL"]
      values        = [tostring(var.anomaly_dollars)]
    }
  }
}
