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

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.vpc_id) > 0
    error_message = "The VPC's id is missing."
  }
}

variable "subnet_ids" {
  description = "Subnets without a way to the internet, in two zones."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "RDS needs subnets in two zones."
  }
}

variable "kms_key_arn" {
  description = "Key of storage, backups, the password and the log."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:kms:", var.kms_key_arn))
    error_message = "The key must be an ARN that begins with arn:aws:kms:."
  }
}

variable "instance_class" {
  description = "Size of the instance."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^db\\.(t4g|m7g|m8g|r7g|r8g)\\.", var.instance_class))
    error_message = "The database runs on ARM (Graviton): use db.t4g.micro or a larger t4g, m7g, m8g, r7g, r8g."
  }
}

variable "storage_gb" {
  description = "GiB of storage to begin with."
  type        = number
  nullable    = false

  validation {
    condition     = var.storage_gb >= 20 && var.storage_gb <= 1000
    error_message = "The database's storage must be 20 to 1000 GiB."
  }
}

variable "backup_days" {
  description = "Days for which backups are kept, and any second of which can be restored."
  type        = number
  nullable    = false

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35
    error_message = "Backups are kept for 1 to 35 days."
  }
}

variable "multi_az" {
  description = "Whether a standby runs in a second zone, which doubles the price."
  type        = bool
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether the database refuses to be deleted, and leaves a last snapshot when it is."
  type        = bool
  nullable    = false
}

variable "log_retention_days" {
  description = "Days for which the database's log is kept."
  type        = number
  nullable    = false

  validation {
    condition     = contains([30, 60, 90, 180, 365, 400, 731], var.log_retention_days)
    error_message = "Logs are kept for 30, 60, 90, 180, 365, 400 or 731 days."
  }
}
