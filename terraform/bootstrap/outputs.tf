output "state_bucket" {
  description = "Bucket of Terraform's state: terraform init -backend-config=\"bucket=...\" in an environment."
  value       = aws_s3_bucket.state.id
}

output "repositories" {
  description = "Addresses of the image repositories by name."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}
