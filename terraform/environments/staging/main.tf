# Staging: the same platform, small, and destroyed by one command.
locals {
  environment = "staging"
}

module "platform" {
  source      = "../../platform"
  environment = local.environment

  # What is different here.
  protect              = false
  database_backup_days = 1
  host_instance_type   = "t4g.small"
  athena_cutoff_gb     = 2

  # What is chosen when it is applied.
  account_id                       = var.account_id
  region                           = var.region
  alert_emails                     = var.alert_emails
  github_repository                = var.github_repository
  daily_by_workflow                = var.daily_by_workflow
  image_digest                     = var.image_digest
  ingest_image_digest              = var.ingest_image_digest
  compute                          = var.compute
  private                          = var.private
  streaming                        = var.streaming
  host_image_parameter             = var.host_image_parameter
  ui_certificate_arn               = var.ui_certificate_arn
  ui_host_name                     = var.ui_host_name
  ui_client_cidrs                  = var.ui_client_cidrs
  kafka_authentication             = var.kafka_authentication
  kafka_password                   = var.kafka_password
  kafka_password_version           = var.kafka_password_version
  kafka_certificate_authority_arns = var.kafka_certificate_authority_arns
  kafka_client_secret_arn          = var.kafka_client_secret_arn
  kafka_instance_type              = var.kafka_instance_type
  ingest_certificate_arn           = var.ingest_certificate_arn
  ingest_client_cidrs              = var.ingest_client_cidrs
  lake_name                        = var.lake_name
  budgets                          = var.budgets
}
