variable "context" {
  description = "What every module knows: the environment, the prefix of all names, account and region."
  type = object({
    environment = string
    name        = string
    account_id  = string
    region      = string
  })
  nullable = false

  validation {
    condition     = contains(["staging", "prod"], var.context.environment)
    error_message = "The environment must be staging or prod."
  }
}

variable "lake_name" {
  description = "Name of the lake; its buckets are the name with -bronze, -silver and so on."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{2,44}[a-z0-9]$", var.lake_name))
    error_message = "The lake's name has 4 to 46 small letters, digits and hyphens, so that its buckets' names fit 63."
  }
}

variable "kms_key_arn" {
  description = "Key of the lake's data."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:kms:", var.kms_key_arn))
    error_message = "The key must be an ARN that begins with arn:aws:kms:."
  }
}

variable "bronze_object_lock_days" {
  description = "Days of object lock on bronze; 0 for none."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.bronze_object_lock_days >= 0 && var.bronze_object_lock_days <= 3650
    error_message = "Days of object lock must be 0 (none) to 3650."
  }
}

variable "results_days" {
  description = "Days for which Athena's results are kept."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.results_days >= 1 && var.results_days <= 90
    error_message = "Athena's results are kept for 1 to 90 days."
  }
}

variable "force_destroy" {
  description = "Whether terraform destroy may empty the buckets first; never in prod."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !(var.force_destroy && var.context.environment == "prod")
    error_message = "Production's buckets are not emptied by terraform destroy: empty them by hand if they must go."
  }
}
