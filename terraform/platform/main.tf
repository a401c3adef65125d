# The platform of one environment, put together from modules that each do one thing.
locals {
  name    = "keystone-${var.environment}"
  context = { environment = var.environment, name = local.name, account_id = var.account_id, region = var.region }

  default_lake = var.environment == "prod" ? "olist-data-lake-${var.account_id}" : "olist-data-lake-${var.environment}-${var.account_id}"
  lake         = coalesce(var.lake_name, local.default_lake)

  fargate       = var.compute == "fargate"
  has_cluster   = local.fargate || var.streaming
  registry      = "${var.account_id}.dkr.ecr.${var.region}.amazonaws.com"
  image         = "${local.registry}/keystone-nexus@${var.image_digest}"
  recovery_days = var.protect ? 30 : 0
}

module "key_data" {
  source  = "../modules/kms"
  context = local.context
  purpose = "data"
}

module "key_ops" {
  source   = "../modules/kms"
  context  = local.context
  purpose  = "ops"
  logs     = true
  services = ["cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com"]
}

module "storage" {
  source                  = "../modules/storage"
  context                 = local.context
  lake_name               = local.lake
  kms_key_arn             = module.key_data.key_arn
  bronze_object_lock_days = var.bronze_object_lock_days
  force_destroy           = !var.protect
}

module "network" {
  source     = "../modules/network"
  context    = local.context
  vpc_cidr   = var.vpc_cidr
  private    = var.private
  log_bucket = module.storage.log_bucket_ready
}

module "catalog" {
  source  = "../modules/catalog"
  context = local.context
  buckets = module.storage.buckets
}

module "registry" {
  source            = "../modules/registry"
  context           = local.context
  schema_definition = file("${path.module}/../../protos/keystone/ingest/v1/order_event.proto")
}

module "query" {
  source            = "../modules/query"
  context           = local.context
  results_bucket    = module.storage.buckets["athena"]
  kms_key_arn       = module.key_data.key_arn
  databases         = module.catalog.databases
  cutoff_gb         = var.athena_cutoff_gb
  explore_cutoff_mb = var.athena_explore_cutoff_mb
  force_destroy     = !var.protect
}

module "database" {
  source              = "../modules/database"
  context             = local.context
  vpc_id              = module.network.vpc_id
  subnet_ids          = module.network.data_subnet_ids
  kms_key_arn         = module.key_ops.key_arn
  instance_class      = var.database_instance_class
  storage_gb          = var.database_storage_gb
  backup_days         = var.database_backup_days
  multi_az            = var.database_multi_az
  deletion_protection = var.protect
  log_retention_days  = var.log_retention_days
}

module "secrets" {
  source        = "../modules/secrets"
  context       = local.context
  kms_key_arn   = module.key_ops.key_arn
  recovery_days = local.recovery_days
}

module "observability" {
  source              = "../modules/observability"
  context             = local.context
  kms_key_arn         = module.key_ops.key_arn
  alert_emails        = var.alert_emails
  log_parts           = concat(local.fargate ? ["webserver", "daemon", "code", "run"] : ["host"], var.streaming ? ["ingest"] : [])
  log_retention_days  = var.log_retention_days
  compute             = var.compute
  streaming           = var.streaming
  database_identifier = module.database.identifier
  athena_gb_a_day     = var.athena_gb_a_day
}

module "budget" {
  source    = "../modules/budget"
  context   = local.context
  limits    = var.budgets
  topic_arn = module.observability.topic_arn
}

module "roles" {
  source              = "../modules/roles"
  context             = local.context
  buckets             = module.storage.buckets
  databases           = module.catalog.databases
  data_key_arn        = module.key_data.key_arn
  ops_key_arn         = module.key_ops.key_arn
  database_secret_arn = module.database.secret_arn
  task_secret_arns    = merge({ kaggle = module.secrets.kaggle_arn }, local.kafka_secrets)
  compute             = var.compute
  streaming           = var.streaming
  workflow_subject    = var.daily_by_workflow ? "repo:${var.github_repository}:environment:${var.environment}-daily" : null
}

module "ci_identity" {
  source       = "../modules/ci_identity"
  context      = local.context
  repository   = var.github_repository
  buckets      = module.storage.buckets
  databases    = module.catalog.databases
  state_bucket = "keystone-state-${var.account_id}"
}

module "settings" {
  source   = "../modules/settings"
  context  = local.context
  settings = merge(local.settings, { KEYSTONE_IMAGE = local.image })
}
