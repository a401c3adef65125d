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

variable "schema_definition" {
  description = "The proto of an order event, as text."
  type        = string
  nullable    = false

  validation {
    condition     = strcontains(var.schema_definition, "message OrderEvent")
    error_message = "The schema must be the proto that defines the message OrderEvent."
  }
}
