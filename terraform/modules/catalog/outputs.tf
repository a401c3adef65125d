output "databases" {
  description = "Names of Glue's databases by schema."
  value       = local.databases
}
