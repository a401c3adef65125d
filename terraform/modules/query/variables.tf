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

variable "results_bucket" {
  description = "Bucket of Athena's results."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]{3,63}$", var.results_bucket))
    error_message = "The results' bucket must be a bucket's name."
  }
}

variable "kms_key_arn" {
  description = "Key of the results."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:kms:", var.kms_key_arn))
    error_message = "The key must be an ARN that begins with arn:aws:kms:."
  }
}

variable "databases" {
  description = "Names of Glue's databases by layer."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for layer in ["silver", "quarantine", "gold"] : contains(keys(var.databases), layer)])
    error_message = "Databases are needed for silver, quarantine and gold."
  }
}

variable "cutoff_gb" {
  description = "GiB that one query of the platform may scan."
  type        = number
  nullable    = false

  validation {
    condition     = var.cutoff_gb >= 1 && var.cutoff_gb <= 1000 && floor(var.cutoff_gb) == var.cutoff_gb
    error_message = "The cutoff of a query is a whole number of GiB, 1 to 1000."
  }
}

variable "explore_cutoff_mb" {
  description = "MiB that one exploratory query of a person may scan."
  type        = number
  nullable    = false

  validation {
    condition     = var.explore_cutoff_mb >= 10 && var.explore_cutoff_mb <= 10240
    error_message = "The cutoff of exploratory queries is 10 MiB (Athena's least) to 10240 MiB."
  }
}

variable "force_destroy" {
  description = "Whether terraform destroy may remove a workgroup with named queries and history."
  type        = bool
  nullable    = false
}
