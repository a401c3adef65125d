output "buckets" {
  description = "Names of the buckets by layer (bronze, silver, quarantine, gold, analytics, athena, logs)."
  value       = local.names
}

output "log_bucket_ready" {
  description = "The log bucket's name, known once the bucket exists."
  value       = module.logs.name
}
