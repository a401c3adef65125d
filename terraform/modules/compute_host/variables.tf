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
  description = "Subnets in which the host may start."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 1
    error_message = "The host needs a subnet."
  }
}

variable "public_ip" {
  description = "Whether the host has a public address, which is its way out; nothing can come in by it."
  type        = bool
  nullable    = false
}

variable "instance_type" {
  description = "Size of the host."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(t4g|m7g|m8g|c7g|r7g)\\.(small|medium|large|xlarge|2xlarge)$", var.instance_type))
    error_message = "The host is a small ARM machine: t4g, m7g, m8g, c7g or r7g of size small to 2xlarge."
  }
}

variable "volume_gb" {
  description = "GiB of the host's disk."
  type        = number
  nullable    = false

  validation {
    condition     = var.volume_gb >= 20 && var.volume_gb <= 500
    error_message = "The host's disk must be 20 to 500 GiB."
  }
}

variable "image_parameter" {
  description = "SSM parameter that holds the id of the machine image."
  type        = string
  nullable    = false

  validation {
    condition     = startswith(var.image_parameter, "/")
    error_message = "The machine image is named by an SSM parameter, which begins with a slash."
  }
}

variable "instance_profile_name" {
  description = "Instance profile of the host."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.instance_profile_name) > 0
    error_message = "The host's instance profile is missing."
  }
}

variable "log_group_name" {
  description = "Log group that takes the services' output."
  type        = string
  nullable    = false

  validation {
    condition     = startswith(var.log_group_name, "/")
    error_message = "The log group's name begins with a slash."
  }
}

variable "settings_path" {
  description = "Path of the program's settings in Parameter Store."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^/keystone/[a-z]+/$", var.settings_path))
    error_message = "The settings' path is /keystone/<environment>/."
  }
}
