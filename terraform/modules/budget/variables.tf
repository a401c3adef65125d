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

variable "limits" {
  description = "Dollars a month, by budget, in rising order of alarm: warning and limit."
  type = object({
    warning = number
    limit   = number
  })
  nullable = false

  validation {
    condition     = var.limits.warning > 0 && var.limits.limit > var.limits.warning && var.limits.limit <= 10000
    error_message = "The budgets must rise: 0 < warning < limit <= 10000 dollars a month."
  }
}

variable "topic_arn" {
  description = "Topic of all alerts."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:sns:", var.topic_arn))
    error_message = "The topic must be an ARN that begins with arn:aws:sns:."
  }
}
