output "topic_arn" {
  description = "Topic of all alerts (KEYSTONE_ALERT_TOPIC)."
  value       = aws_sns_topic.alerts.arn
}

output "log_group_names" {
  description = "Log groups by part."
  value       = { for part, group in aws_cloudwatch_log_group.this : part => group.name }
}
