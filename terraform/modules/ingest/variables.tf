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
  description = "Subnets of the load balancer and the tasks."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 1
    error_message = "The ingest service needs a subnet."
  }
}

variable "public_ip" {
  description = "Whether tasks have a public address as their way out; nothing can come in by it."
  type        = bool
  nullable    = false
}

variable "client_cidrs" {
  description = "Addresses from which events may be sent."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.client_cidrs) > 0 && alltrue([for cidr in var.client_cidrs : can(cidrnetmask(cidr)) && !endswith(cidr, "/0")])
    error_message = "The ingest service is never public: name the IPv4 ranges of its clients, and not 0.0.0.0/0."
  }
}

variable "certificate_arn" {
  description = "Certificate of the ingest service's host name (ACM)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:acm:", var.certificate_arn))
    error_message = "The ingest service's certificate must be an ARN that begins with arn:aws:acm:."
  }
}

variable "cluster_arn" {
  description = "ARN of the ECS cluster."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.cluster_arn) > 0
    error_message = "The cluster's ARN is missing."
  }
}

variable "role_arns" {
  description = "Roles by task: ingest, execution."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for role in ["ingest", "execution"] : contains(keys(var.role_arns), role)])
    error_message = "Roles are needed for ingest and execution."
  }
}

variable "image" {
  description = "The ingest image, by digest."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "The image is named by its digest: REPOSITORY@sha256: and 64 hexadecimal digits."
  }
}

variable "brokers" {
  description = "Addresses of the brokers."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.brokers) > 0
    error_message = "The brokers' addresses are missing."
  }
}

variable "authentication" {
  description = "How the server says to Kafka who it is: scram or mtls."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["scram", "mtls"], var.authentication)
    error_message = "Kafka's authentication must be scram or mtls."
  }
}

variable "kafka_secret_arn" {
  description = "Secret with the Kafka user (username, password) or the client certificate (certificate, key)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:secretsmanager:", var.kafka_secret_arn))
    error_message = "Kafka's secret must be an ARN that begins with arn:aws:secretsmanager:."
  }
}

variable "log_group_name" {
  description = "Log group of the server."
  type        = string
  nullable    = false

  validation {
    condition     = startswith(var.log_group_name, "/")
    error_message = "The log group's name begins with a slash."
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
