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

variable "buckets" {
  description = "Names of the lake's buckets by layer, with athena and logs."
  type        = map(string)
  nullable    = false

  validation {
    condition = alltrue([
      for layer in ["bronze", "silver", "quarantine", "gold", "analytics", "athena", "logs"] :
      contains(keys(var.buckets), layer)
    ])
    error_message = "Buckets are needed for bronze, silver, quarantine, gold, analytics, athena and logs."
  }
}

variable "databases" {
  description = "Names of Glue's databases by layer."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.databases) >= 4
    error_message = "Databases are needed for bronze, silver, quarantine and gold."
  }
}

variable "data_key_arn" {
  description = "Key of the lake."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:kms:", var.data_key_arn))
    error_message = "The key must be an ARN that begins with arn:aws:kms:."
  }
}

variable "ops_key_arn" {
  description = "Key of secrets, logs and topics."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:kms:", var.ops_key_arn))
    error_message = "The key must be an ARN that begins with arn:aws:kms:."
  }
}

variable "database_secret_arn" {
  description = "Secret of the database's password."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:secretsmanager:", var.database_secret_arn))
    error_message = "The secret must be an ARN that begins with arn:aws:secretsmanager:."
  }
}

variable "task_secret_arns" {
  description = "More secrets that runs read: Kaggle's token, and the Kafka user when streaming."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.task_secret_arns) : can(regex("^arn:aws:secretsmanager:", arn))])
    error_message = "Each secret must be an ARN that begins with arn:aws:secretsmanager:."
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
  description = "Whether the ingest service exists."
  type        = bool
  nullable    = false
}

variable "repositories" {
  description = "Names of the image repositories."
  type        = list(string)
  default     = ["keystone-nexus", "keystone-ingest"]
  nullable    = false

  validation {
    condition     = alltrue([for name in var.repositories : can(regex("^[a-z0-9-]+$", name))])
    error_message = "A repository's name has small letters, digits and hyphens."
  }
}

variable "workflow_subject" {
  description = "Subject of GitHub's token that may be the runner, for a daily run without a host; null: no workflow may."
  type        = string
  default     = null

  validation {
    condition     = var.workflow_subject == null || can(regex("^repo:[A-Za-z0-9-]+/[A-Za-z0-9._-]+:environment:[a-z-]+$", var.workflow_subject))
    error_message = "The subject names one repository and one of its environments: repo:owner/name:environment:name."
  }
}
