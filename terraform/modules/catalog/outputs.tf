output "databases" {
  description = "Names of Glue's databases by layer."
  value       = local.databases
}
