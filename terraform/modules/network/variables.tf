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

variable "vpc_cidr" {
  description = "Addresses of the VPC."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && try(tonumber(split("/", var.vpc_cidr)[1]) <= 22, false)
    error_message = "The VPC's addresses must be an IPv4 range of /22 or wider, such as 10.20.0.0/16."
  }
}

variable "private" {
  description = "Whether computing sits in subnets without a way to the internet and reaches AWS by interface endpoints."
  type        = bool
  nullable    = false
}

variable "endpoint_services" {
  description = "Services that get an interface endpoint when private is true."
  type        = list(string)
  default = [
    "athena", "ecr.api", "ecr.dkr", "ecs", "ec2messages", "glue", "kms", "logs", "monitoring", "secretsmanager", "sns",
    "ssm", "ssmmessages", "sts",
  ]
  nullable = false

  validation {
    condition     = alltrue([for service in var.endpoint_services : can(regex("^[a-z0-9.-]+$", service))])
    error_message = "An endpoint's service is its short name, such as ecr.api."
  }
}

variable "log_bucket" {
  description = "Bucket that takes the VPC's flow logs."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]{3,63}$", var.log_bucket))
    error_message = "The log bucket must be a bucket's name."
  }
}
