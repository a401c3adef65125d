output "path" {
  description = "Path under which the settings stand."
  value       = "/keystone/${var.context.environment}/"
}
