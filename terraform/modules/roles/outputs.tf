output "role_arns" {
  description = "ARNs of the roles by task."
  value       = { for task, role in aws_iam_role.this : task => role.arn }
}

output "instance_profile_name" {
  description = "Instance profile of the host; null on Fargate."
  value       = one(aws_iam_instance_profile.host[*].name)
}
