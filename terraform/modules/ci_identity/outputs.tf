output "role_arns" {
  description = "ARNs of the roles for GitHub's workflows: ci-plan and ci-deploy."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}
