output "security_group_id" {
  description = "Security group of the server."
  value       = aws_security_group.task.id
}

output "address" {
  description = "Where clients send events, once DNS points there: HOST:PORT."
  value       = "${aws_lb.this.dns_name}:443"
}
