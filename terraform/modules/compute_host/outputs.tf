output "security_group_id" {
  description = "Security group of the host."
  value       = aws_security_group.this.id
}

output "group_name" {
  description = "Name of the auto-scaling group."
  value       = "${var.context.name}-host"
}
