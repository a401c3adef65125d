output "name" {
  description = "Name of the bucket, known once it exists."
  value       = aws_s3_bucket.this.id
}
