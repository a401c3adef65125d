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

variable "kms_key_arn" {
  description = "Key of the secrets."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:kms:", var.kms_key_arn))
    error_message = "The key must be an ARN that begins with arn:aws:kms:."
  }
}

variable "recovery_days" {
  description = "Days for which a deleted secret can be brought back; 0 deletes at once."
  type        = number
  nullable    = false

  validation {
    condition     = var.recovery_days == 0 || (var.recovery_days >= 7 && var.recovery_days <= 30)
    error_message = "A deleted secret can be brought back for 7 to 30 days, or not at all (0)."
  }
}
