# What is refused, before anything is asked of AWS.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  # Set throughout: Terraform 1.11 passes an ephemeral variable that is not set as one that changed.
  kafka_password    = "twenty-characters-and-more"
  environment       = "staging"
  account_id        = "111122223333"
  region            = "us-east-1"
  alert_emails      = ["ops@example.com"]
  github_repository = "example/keystone-nexus"
  image_digest      = "sha256:${join("", [for _ in range(64) : "0"])}"
}

run "values_that_are_none" {
  command = plan
  variables {
    environment              = "dev"
    account_id               = "1234"
    region                   = "moon-1"
    alert_emails             = []
    github_repository        = "example/*"
    image_digest             = "latest"
    compute                  = "lambda"
    host_instance_type       = "m5.large"
    host_volume_gb           = 1
    kafka_authentication     = "none"
    kafka_instance_type      = "kafka.x.large"
    kafka_password_version   = 0
    ingest_client_cidrs      = ["0.0.0.0/0"]
    budgets                  = { warning = 100, limit = 50 }
    athena_cutoff_gb         = 0
    athena_explore_cutoff_mb = 5
    athena_gb_a_day          = 0
    database_instance_class  = "db.m5.large"
    database_storage_gb      = 5
    database_backup_days     = 0
    bronze_object_lock_days  = -1
    log_retention_days       = 1
    vpc_cidr                 = "10.0.0.0/28"
  }
  expect_failures = [
    var.environment, var.account_id, var.region, var.alert_emails, var.github_repository, var.image_digest,
    var.compute, var.host_instance_type, var.host_volume_gb, var.kafka_authentication,
    var.kafka_instance_type, var.kafka_password_version, var.ingest_client_cidrs, var.budgets, var.athena_cutoff_gb,
    var.athena_explore_cutoff_mb, var.athena_gb_a_day, var.database_instance_class, var.database_storage_gb,
    var.database_backup_days, var.bronze_object_lock_days, var.log_retention_days, var.vpc_cidr,
  ]
}

run "staging_that_names_production_and_a_stream_without_its_parts" {
  command = plan
  variables {
    lake_name      = "olist-data-lake-111122223333"
    private        = true
    streaming      = true
    kafka_password = "short"
    ui_host_name   = "dagster.example.com"
  }
  expect_failures = [
    var.lake_name, var.ui_host_name, var.host_image_parameter, var.ingest_image_digest, var.ingest_certificate_arn, var.kafka_password,
  ]
}

run "production_that_names_staging_or_is_not_protected" {
  command = plan
  variables {
    environment             = "prod"
    lake_name               = "olist-data-lake-staging-111122223333"
    protect                 = false
    streaming               = true
    ingest_image_digest     = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    ingest_certificate_arn  = "arn:aws:acm:us-east-1:111122223333:certificate/1"
    kafka_authentication    = "mtls"
    kafka_client_secret_arn = "password"
    ui_certificate_arn      = "arn:aws:acm:us-east-1:111122223333:certificate/2"
    ui_client_cidrs         = ["203.0.113.0/24"]
  }
  expect_failures = [
    var.lake_name, var.protect, var.kafka_client_secret_arn, var.ui_certificate_arn,
    var.kafka_certificate_authority_arns,
  ]
}

run "a_ui_for_everybody_and_names_that_are_none" {
  command = plan
  variables {
    host_image_parameter = "ami-1"
    lake_name            = "Staging_Lake"
    compute              = "fargate"
    ui_certificate_arn   = "arn:aws:acm:us-east-1:111122223333:certificate/2"
    ui_host_name         = "dagster.example.com"
    ui_client_cidrs      = ["0.0.0.0/0"]
  }
  expect_failures = [var.lake_name, var.ui_client_cidrs, var.host_image_parameter]
}
