output "target_group_arn" {
  description = "Target group that the webserver's tasks join."
  value       = aws_lb_target_group.this.arn
}

output "host" {
  description = "Host name of the load balancer: what the UI's DNS record points to."
  value       = aws_lb.this.dns_name
}

output "user_pool_id" {
  description = "User pool in which an administrator makes the UI's users."
  value       = aws_cognito_user_pool.this.id
}

output "security_group_id" {
  description = "Security group of the load balancer."
  value       = aws_security_group.this.id
}
