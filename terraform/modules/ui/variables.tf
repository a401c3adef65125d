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

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.vpc_id) > 0
    error_message = "The VPC's id is missing."
  }
}

variable "subnet_ids" {
  description = "Subnets of the load balancer, in two zones."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "The load balancer needs subnets in two zones."
  }
}

variable "certificate_arn" {
  description = "Certificate of the UI's host name (ACM)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:acm:", var.certificate_arn))
    error_message = "The UI's certificate must be an ARN that begins with arn:aws:acm:."
  }
}

variable "host_name" {
  description = "Host name under which people open the UI."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9.-]+\\.[a-z]{2,}$", var.host_name))
    error_message = "The UI's host name is one such as dagster.example.com."
  }
}

variable "client_cidrs" {
  description = "Addresses from which the UI may be opened."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.client_cidrs) > 0 && alltrue([for cidr in var.client_cidrs : can(cidrnetmask(cidr)) && !endswith(cidr, "/0")])
    error_message = "The UI is never public: name the IPv4 ranges of its users, and not 0.0.0.0/0."
  }
}

variable "log_bucket" {
  description = "Bucket that takes the load balancer's access logs."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]{3,63}$", var.log_bucket))
    error_message = "The log bucket must be a bucket's name."
  }
}
