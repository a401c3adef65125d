variable "name" {
  description = "Name of the bucket."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "A bucket's name has 3 to 63 small letters, digits and hyphens."
  }
}

variable "encryption" {
  description = "Whose key encrypts the objects: kms for ours, s3 for SSE-S3, which is all that a target of access logs may have."
  type        = string
  default     = "kms"
  nullable    = false

  validation {
    condition     = contains(["kms", "s3"], var.encryption)
    error_message = "A bucket's encryption must be kms or s3."
  }
}

variable "kms_key_arn" {
  description = "Key of the bucket's objects; null with SSE-S3."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? var.encryption == "s3" : can(regex("^arn:aws:kms:", var.kms_key_arn))
    error_message = "The key must be an ARN that begins with arn:aws:kms:, or null with SSE-S3."
  }
}

variable "log_bucket" {
  description = "Bucket that takes access logs and the inventory; null for that bucket itself."
  type        = string
  default     = null

  validation {
    condition     = var.log_bucket == null || can(regex("^[a-z0-9-]{3,63}$", var.log_bucket))
    error_message = "The log bucket must be a bucket's name, or null."
  }
}

variable "logged" {
  description = "Whether access is logged to the log bucket; every bucket but that one itself."
  type        = bool
  default     = true
  nullable    = false
}

variable "inventory" {
  description = "Whether a weekly inventory of the bucket is written to the log bucket."
  type        = bool
  default     = false
  nullable    = false
}

variable "expire_days" {
  description = "Days after which objects expire; 0 keeps them."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.expire_days >= 0 && var.expire_days <= 3650
    error_message = "Days of expiry must be 0 (keep) to 3650."
  }
}

variable "noncurrent_days" {
  description = "Days for which a replaced or deleted version can be brought back."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.noncurrent_days >= 1 && var.noncurrent_days <= 3650
    error_message = "Days of old versions must be 1 to 3650."
  }
}

variable "undeletable" {
  description = "Patterns of keys that nobody may delete, such as *.parquet."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for pattern in var.undeletable : !startswith(pattern, "/")])
    error_message = "A pattern of keys does not begin with a slash."
  }
}

variable "object_lock_days" {
  description = "Days for which no version can be deleted (object lock, governance mode); 0 for no object lock."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.object_lock_days >= 0 && var.object_lock_days <= 3650
    error_message = "Days of object lock must be 0 (none) to 3650."
  }
}

variable "statements" {
  description = "More statements of the bucket's policy, each as JSON."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for statement in var.statements : can(jsondecode(statement).Effect)])
    error_message = "Each statement must be JSON with an Effect."
  }
}

variable "force_destroy" {
  description = "Whether terraform destroy may empty the bucket first."
  type        = bool
  default     = false
  nullable    = false
}
