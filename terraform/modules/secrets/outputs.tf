output "kaggle_arn" {
  description = "ARN of the secret that holds Kaggle's token."
  value       = aws_secretsmanager_secret.kaggle.arn
}
