output "dagster_settings" {
  description = "The program's settings, by the names of its environment variables (keystone doctor checks them)."
  value       = merge(local.settings, local.fargate ? module.compute_fargate[0].settings : {})
}

output "lake" {
  description = "The lake, as keystone --lake takes it."
  value       = "s3://${local.lake}"
}

output "buckets" {
  description = "Names of the buckets by layer."
  value       = module.storage.buckets
}

output "databases" {
  description = "Names of Glue's databases by layer."
  value       = module.catalog.databases
}

output "workgroups" {
  description = "Athena's workgroups: of the platform, and of people."
  value       = { platform = module.query.workgroup, explore = module.query.explore_workgroup }
}

output "role_arns" {
  description = "ARNs of all roles by task."
  value       = merge(module.roles.role_arns, module.ci_identity.role_arns)
}

output "host_group" {
  description = "Auto-scaling group of the host, whose instance is the target of Session Manager; null on Fargate."
  value       = one(module.compute_host[*].group_name)
}

output "ingest_address" {
  description = "Address of the ingest service's load balancer; null without streaming."
  value       = one(module.ingest[*].address)
}

output "ui_host" {
  description = "Host name of the UI's load balancer; null without one."
  value       = one(module.ui[*].host)
}

output "kaggle_secret_arn" {
  description = "Secret that Kaggle's token is put into by a person."
  value       = module.secrets.kaggle_arn
}
