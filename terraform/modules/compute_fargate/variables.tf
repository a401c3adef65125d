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
  description = "Subnets of the tasks."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 1
    error_message = "The tasks need a subnet."
  }
}

variable "public_ip" {
  description = "Whether tasks have a public address, which is their way out; nothing can come in by it."
  type        = bool
  nullable    = false
}

variable "cluster_arn" {
  description = "ARN of the cluster."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.cluster_arn) > 0
    error_message = "The cluster's ARN is missing."
  }
}

variable "role_arns" {
  description = "Roles by task: runner, webserver, execution."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for role in ["runner", "webserver", "execution"] : contains(keys(var.role_arns), role)])
    error_message = "Roles are needed for runner, webserver and execution."
  }
}

variable "image" {
  description = "The Python image, by digest."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "The image is named by its digest: REPOSITORY@sha256: and 64 hexadecimal digits."
  }
}

variable "settings" {
  description = "Environment variables of all containers."
  type        = map(string)
  nullable    = false

  validation {
    condition     = !contains(keys(var.settings), "DAGSTER_PG_PASSWORD")
    error_message = "A password is not a setting: containers read it by DAGSTER_PG_SECRET."
  }
}

variable "log_group_names" {
  description = "Log groups by container."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for part in ["webserver", "daemon", "code", "run"] : contains(keys(var.log_group_names), part)])
    error_message = "Log groups are needed for webserver, daemon, code and run."
  }
}

variable "sizes" {
  description = "CPU units and MiB of memory of each container, and how many tasks at most."
  type = map(object({
    cpu    = number
    memory = number
    most   = number
  }))
  default = {
    webserver = { cpu = 256, memory = 1024, most = 2 }
    daemon    = { cpu = 256, memory = 1024, most = 1 }
    code      = { cpu = 256, memory = 2048, most = 2 }
    run       = { cpu = 2048, memory = 8192, most = 0 }
  }
  nullable = false

  validation {
    condition     = alltrue([for size in values(var.sizes) : contains([256, 512, 1024, 2048, 4096, 8192], size.cpu)])
    error_message = "Fargate's CPU units are 256, 512, 1024, 2048, 4096 or 8192."
  }
}

variable "ui_target_group_arn" {
  description = "Target group of the load balancer in front of the UI; null without one."
  type        = string
  default     = null

  validation {
    condition     = var.ui_target_group_arn == null || length(coalesce(var.ui_target_group_arn, "x")) > 0
    error_message = "The target group must be an ARN, or null."
  }
}
