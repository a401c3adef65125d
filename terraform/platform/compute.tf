# Where the platform runs: one of the two.
module "compute_host" {
  count  = local.fargate ? 0 : 1
  source = "../modules/compute_host"

  context               = local.context
  vpc_id                = module.network.vpc_id
  subnet_ids            = module.network.compute_subnet_ids
  public_ip             = !var.private
  instance_type         = var.host_instance_type
  volume_gb             = var.host_volume_gb
  image_parameter       = var.host_image_parameter
  instance_profile_name = module.roles.instance_profile_name
  log_group_name        = module.observability.log_group_names["host"]
  settings_path         = module.settings.path
}

module "ecs_cluster" {
  count   = local.has_cluster ? 1 : 0
  source  = "../modules/ecs_cluster"
  context = local.context
}

module "compute_fargate" {
  count  = local.fargate ? 1 : 0
  source = "../modules/compute_fargate"

  context             = local.context
  vpc_id              = module.network.vpc_id
  subnet_ids          = module.network.compute_subnet_ids
  public_ip           = !var.private
  cluster_arn         = module.ecs_cluster[0].arn
  role_arns           = module.roles.role_arns
  image               = local.image
  settings            = local.settings
  log_group_names     = module.observability.log_group_names
  ui_target_group_arn = one(module.ui[*].target_group_arn)
}

module "ui" {
  count  = var.ui_certificate_arn == null ? 0 : 1
  source = "../modules/ui"

  context         = local.context
  vpc_id          = module.network.vpc_id
  subnet_ids      = module.network.compute_subnet_ids
  certificate_arn = var.ui_certificate_arn
  host_name       = var.ui_host_name
  client_cidrs    = var.ui_client_cidrs
  log_bucket      = module.storage.log_bucket_ready
}
