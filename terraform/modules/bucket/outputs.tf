output "name" {
  description = "Name of the bucket, known once it exists and has its policy: what is written to it needs both."
  value       = aws_s3_bucket.this.id

  depends_on = [aws_s3_bucket_policy.this]
}
