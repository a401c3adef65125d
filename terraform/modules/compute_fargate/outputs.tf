output "security_group_ids" {
  description = "Security groups by part (webserver, daemon, code)."
  value       = { for part, group in aws_security_group.this : part => group.id }
}

output "settings" {
  description = "Settings that the program has on Fargate beside those of the environment."
  value       = local.own_settings
}
