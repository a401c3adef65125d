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

variable "settings" {
  description = "The program's settings, by the names of its environment variables. No secret: secrets go by ARN."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.settings) : can(regex("^[A-Z][A-Z0-9_]+$", name))])
    error_message = "A setting's name has capital letters, digits and underscores."
  }
}
