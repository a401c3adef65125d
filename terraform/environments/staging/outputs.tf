output "dagster_settings" {
  description = "The program's settings, by the names of its environment variables (keystone doctor checks them)."
  value       = module.platform.dagster_settings
}

output "lake" {
  description = "The lake, as keystone --lake takes it."
  value       = module.platform.lake
}

output "buckets" {
  description = "Names of the buckets by layer."
  value       = module.platform.buckets
}

output "databases" {
  description = "Names of Glue's databases by layer."
  value       = module.platform.databases
}

output "workgroups" {
  description = "Athena's workgroups: of the platform, and of people."
  value       = module.platform.workgroups
}

output "role_arns" {
  description = "ARNs of all roles by task."
  value       = module.platform.role_arns
}

output "host_group" {
  description = "Auto-scaling group of the host, whose instance is the target of Session Manager; null on Fargate."
  value       = module.platform.host_group
}

output "ingest_address" {
  description = "Address of the ingest service's load balancer; null without streaming."
  value       = module.platform.ingest_address
}

output "ui_host" {
  description = "Host name of the UI's load balancer; null without one."
  value       = module.platform.ui_host
}

output "kaggle_secret_arn" {
  description = "Secret that Kaggle's token is put into by a person."
  value       = module.platform.kaggle_secret_arn
}
