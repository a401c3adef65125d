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

variable "repository" {
  description = "GitHub repository whose workflows may plan and deploy, as owner/name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "The GitHub repository is named as owner/name, without patterns."
  }
}

variable "buckets" {
  description = "Names of the lake's buckets by layer."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.buckets) > 0
    error_message = "The lake's buckets are missing."
  }
}

variable "databases" {
  description = "Names of Glue's databases by layer."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.databases) > 0
    error_message = "Glue's databases are missing."
  }
}

variable "state_bucket" {
  description = "Bucket of Terraform's state."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]{3,63}$", var.state_bucket))
    error_message = "The state's bucket must be a bucket's name."
  }
}
