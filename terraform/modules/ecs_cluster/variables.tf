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
