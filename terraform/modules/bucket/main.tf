# One private bucket: versioned, encrypted, TLS only, logged.
resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_144:one region is the design; versions, and object lock as a switch, guard against deletion
  #checkov:skip=CKV2_AWS_62:nothing listens to single objects, runs find arrivals in the ledger
  #checkov:skip=CKV_AWS_145:the target of access logs can only have SSE-S3, all other buckets have the key
  #checkov:skip=CKV_AWS_18:the log bucket does not log itself, which would never end; all other buckets log to it
  bucket              = var.name
  force_destroy       = var.force_destroy
  object_lock_enabled = var.object_lock_days > 0
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    bucket_key_enabled = var.encryption == "kms"

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.encryption == "kms" ? "aws:kms" : "AES256"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_object_lock_configuration" "this" {
  count  = var.object_lock_days > 0 ? 1 : 0
  bucket = aws_s3_bucket.this.id

  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = var.object_lock_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"
    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 3
    }
  }

  rule {
    id     = "old-versions"
    status = "Enabled"
    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }
  }

  rule {
    id     = "expiry"
    status = var.expire_days > 0 ? "Enabled" : "Disabled"
    filter {}

    expiration {
      days = max(var.expire_days, 1)
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_logging" "this" {
  count         = var.logged ? 1 : 0
  bucket        = aws_s3_bucket.this.id
  target_bucket = var.log_bucket
  target_prefix = "access/${var.name}/"
}

resource "aws_s3_bucket_inventory" "this" {
  count                    = var.inventory ? 1 : 0
  bucket                   = aws_s3_bucket.this.id
  name                     = "weekly"
  included_object_versions = "Current"
  optional_fields          = ["Size", "LastModifiedDate", "ETag", "EncryptionStatus"]

  schedule {
    frequency = "Weekly"
  }

  destination {
    bucket {
      format     = "Parquet"
      bucket_arn = "arn:aws:s3:::${coalesce(var.log_bucket, var.name)}"
      prefix     = "inventory"
    }
  }
}
