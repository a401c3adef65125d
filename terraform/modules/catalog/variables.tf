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
  description = "Names of the lake's buckets by layer."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for layer in ["bronze", "silver", "quarantine", "gold"] : contains(keys(var.buckets), layer)])
    error_message = "Buckets are needed for bronze, silver, quarantine and gold."
  }
}
