# Athena: a workgroup for the platform, one with a small cutoff for people, and queries worth keeping. The platform's
# must not enforce its output location: Athena would write gold's tables there, where results expire. Its cutoff holds
# all the same, and its role can write nowhere but to this lake.
locals {
  workgroups = {
    platform = { enforce = false, name = var.context.name, cutoff = var.cutoff_gb * 1024 * 1024 * 1024 }
    explore  = { enforce = true, name = "${var.context.name}-explore", cutoff = var.explore_cutoff_mb * 1024 * 1024 }
  }
}

resource "aws_athena_workgroup" "this" {
  #checkov:skip=CKV_AWS_82:people's workgroup enforces; the platform's would write gold among expiring results if it did
  for_each      = local.workgroups
  name          = each.value.name
  description   = "${var.context.name}: ${each.key}"
  force_destroy = var.force_destroy

  configuration {
    enforce_workgroup_configuration    = each.value.enforce
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = each.value.cutoff

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      output_location       = "s3://${var.results_bucket}/${each.key}/"
      expected_bucket_owner = var.context.account_id

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = var.kms_key_arn
      }
    }
  }
}
