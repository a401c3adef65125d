output "brokers" {
  description = "Addresses of the brokers (KEYSTONE_KAFKA_BROKERS)."
  value       = local.scram ? aws_msk_cluster.this.bootstrap_brokers_sasl_scram : aws_msk_cluster.this.bootstrap_brokers_tls
}

output "port" {
  description = "Port of the brokers."
  value       = local.port
}

output "security_group_id" {
  description = "Security group of the brokers."
  value       = aws_security_group.this.id
}

output "secret_arns" {
  description = "The Kafka user's secret by name; empty with mtls."
  value       = local.scram ? { kafka = aws_secretsmanager_secret.user[0].arn } : {}
}
