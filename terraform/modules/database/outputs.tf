output "identifier" {
  description = "Identifier of the instance."
  value       = var.context.name
}

output "host" {
  description = "Host name of the database (DAGSTER_PG_HOST)."
  value       = aws_db_instance.this.address
}

output "database" {
  description = "Name of Dagster's database (DAGSTER_PG_DB)."
  value       = aws_db_instance.this.db_name
}

output "secret_arn" {
  description = "ARN of the secret that RDS keeps user name and password in (DAGSTER_PG_SECRET)."
  value       = aws_db_instance.this.master_user_secret[0].secret_arn
}

output "security_group_id" {
  description = "Security group of the database."
  value       = aws_security_group.this.id
}
