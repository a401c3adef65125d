# The stream: brokers and the server in front of them. Off by default.
locals {
  kafka_secrets = !var.streaming ? {} : (
    var.kafka_authentication == "scram" ? module.kafka[0].secret_arns : { kafka = var.kafka_client_secret_arn }
  )
}

module "kafka" {
  count  = var.streaming ? 1 : 0
  source = "../modules/kafka"

  context                    = local.context
  vpc_id                     = module.network.vpc_id
  subnet_ids                 = module.network.data_subnet_ids
  kms_key_arn                = module.key_ops.key_arn
  instance_type              = var.kafka_instance_type
  authentication             = var.kafka_authentication
  certificate_authority_arns = var.kafka_certificate_authority_arns
  password                   = var.kafka_password
  password_version           = var.kafka_password_version
  log_retention_days         = var.log_retention_days
  recovery_days              = local.recovery_days
}

module "ingest" {
  count  = var.streaming ? 1 : 0
  source = "../modules/ingest"

  context          = local.context
  vpc_id           = module.network.vpc_id
  subnet_ids       = module.network.compute_subnet_ids
  public_ip        = !var.private
  client_cidrs     = length(var.ingest_client_cidrs) > 0 ? var.ingest_client_cidrs : [var.vpc_cidr]
  certificate_arn  = var.ingest_certificate_arn
  cluster_arn      = module.ecs_cluster[0].arn
  role_arns        = module.roles.role_arns
  image            = "${local.registry}/keystone-ingest@${var.ingest_image_digest}"
  brokers          = module.kafka[0].brokers
  authentication   = var.kafka_authentication
  kafka_secret_arn = local.kafka_secrets["kafka"]
  log_group_name   = module.observability.log_group_names["ingest"]
  log_bucket       = module.storage.log_bucket_ready
}
