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
  description = "Key of log groups and the topic."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:kms:", var.kms_key_arn))
    error_message = "The key must be an ARN that begins with arn:aws:kms:."
  }
}

variable "alert_emails" {
  description = "Addresses that get every alert."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.alert_emails) > 0 && alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "Name one e-mail address or more that gets the alerts."
  }
}

variable "log_parts" {
  description = "Parts that have a log group of their own."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for part in var.log_parts : can(regex("^[a-z]+$", part))])
    error_message = "A part's name has small letters."
  }
}

variable "log_retention_days" {
  description = "Days for which logs are kept."
  type        = number
  nullable    = false

  validation {
    condition     = contains([30, 60, 90, 180, 365, 400, 731], var.log_retention_days)
    error_message = "Logs are kept for 30, 60, 90, 180, 365, 400 or 731 days."
  }
}

variable "compute" {
  description = "Where the platform runs: host or fargate."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["host", "fargate"], var.compute)
    error_message = "compute must be host or fargate."
  }
}

variable "streaming" {
  description = "Whether Kafka is to be watched."
  type        = bool
  nullable    = false
}

variable "database_identifier" {
  description = "The database to watch."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.database_identifier) > 0
    error_message = "The database's identifier is missing."
  }
}

variable "athena_gb_a_day" {
  description = "GiB that Athena may scan in a day before an alarm."
  type        = number
  nullable    = false

  validation {
    condition     = var.athena_gb_a_day >= 1 && var.athena_gb_a_day <= 10000
    error_message = "The day's limit of Athena's bytes is 1 to 10000 GiB."
  }
}
