output "security_group_ids" {
  description = "Security groups by part (webserver, daemon, code, run)."
  value       = { for part, group in aws_security_group.this : part => group.id }
}

output "run_settings" {
  description = "Settings of Dagster's ECS run launcher."
  value = {
    KEYSTONE_ECS_CLUSTER   = var.cluster_arn
    KEYSTONE_RUN_TASK      = "${local.name}-run"
    KEYSTONE_RUN_SUBNETS   = join(",", var.subnet_ids)
    KEYSTONE_RUN_GROUP     = aws_security_group.this["run"].id
    KEYSTONE_RUN_PUBLIC_IP = var.public_ip ? "ENABLED" : "DISABLED"
    KEYSTONE_CODE_HOST     = local.code_host
    KEYSTONE_CODE_PORT     = "4000"
  }
}
