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

variable "purpose" {
  description = "What the key encrypts; part of its alias."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["data", "ops"], var.purpose)
    error_message = "The purpose of a key must be data or ops."
  }
}

variable "services" {
  description = "AWS services that may use the key on behalf of this account, such as cloudwatch.amazonaws.com."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.services : endswith(service, ".amazonaws.com")])
    error_message = "Each service must be a service principal that ends in .amazonaws.com."
  }
}

variable "logs" {
  description = "Whether CloudWatch Logs may encrypt the environment's log groups with the key."
  type        = bool
  default     = false
  nullable    = false
}
