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
  description = "Subnets of the brokers, in two zones."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "The brokers need subnets in two zones."
  }
}

variable "kms_key_arn" {
  description = "Key of the brokers' disks, the Kafka user's secret and the log."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:kms:", var.kms_key_arn))
    error_message = "The key must be an ARN that begins with arn:aws:kms:."
  }
}

variable "instance_type" {
  description = "Size of a broker."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^kafka\\.", var.instance_type))
    error_message = "A broker's size begins with kafka., such as kafka.t3.small."
  }
}

variable "storage_gb" {
  description = "GiB of each broker's disk."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.storage_gb >= 10 && var.storage_gb <= 1000
    error_message = "A broker's disk must be 10 to 1000 GiB."
  }
}

variable "authentication" {
  description = "How clients say who they are: scram (a user and a password) or mtls (a certificate)."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["scram", "mtls"], var.authentication)
    error_message = "Kafka's authentication must be scram or mtls."
  }
}

variable "certificate_authority_arns" {
  description = "Private certificate authorities whose certificates the brokers accept (mtls)."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.certificate_authority_arns : can(regex("^arn:aws:acm-pca:", arn))])
    error_message = "A certificate authority is an ARN that begins with arn:aws:acm-pca:."
  }
}

variable "password" {
  description = "Password of the Kafka user (scram). Written once to Secrets Manager, and to no plan or state."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.password == null || length(coalesce(var.password, "-")) >= 20
    error_message = "The Kafka user's password has 20 characters or more."
  }
}

variable "password_version" {
  description = "A number to raise when the password is to be written anew."
  type        = number
  nullable    = false

  validation {
    condition     = var.password_version >= 1
    error_message = "The password's version counts from 1."
  }
}

variable "log_retention_days" {
  description = "Days for which the brokers' log is kept."
  type        = number
  nullable    = false

  validation {
    condition     = contains([30, 60, 90, 180, 365, 400, 731], var.log_retention_days)
    error_message = "Logs are kept for 30, 60, 90, 180, 365, 400 or 731 days."
  }
}

variable "recovery_days" {
  description = "Days for which a deleted secret can be brought back; 0 deletes at once."
  type        = number
  nullable    = false

  validation {
    condition     = var.recovery_days == 0 || (var.recovery_days >= 7 && var.recovery_days <= 30)
    error_message = "A deleted secret can be brought back for 7 to 30 days, or not at all (0)."
  }
}
