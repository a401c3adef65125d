# What can be chosen. The environments pass these on (terraform/environments/*/main.tf); all checks are here.
variable "environment" {
  description = "The environment: part of every name."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["staging", "prod"], var.environment)
    error_message = "The environment must be staging or prod: there is no other, and none by default."
  }
}

variable "account_id" {
  description = "The AWS account that everything is made in; another one is refused."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "The account id has 12 digits: aws sts get-caller-identity prints it."
  }
}

variable "region" {
  description = "The AWS region; zones a and b of it are used."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(us|eu|ap|sa|ca|af|me)-[a-z]+-[0-9]$", var.region))
    error_message = "The region is a commercial one, such as us-east-1."
  }
}

variable "lake_name" {
  description = "Name of the lake; null for olist-data-lake-<account>, with -staging- in staging."
  type        = string
  default     = null

  validation {
    condition     = var.lake_name == null || can(regex("^[a-z0-9][a-z0-9-]{2,44}[a-z0-9]$", var.lake_name))
    error_message = "The lake's name has 4 to 46 small letters, digits and hyphens, so that its buckets' names fit 63."
  }

  validation {
    condition     = var.lake_name == null || strcontains(coalesce(var.lake_name, "-"), "staging") == (var.environment == "staging")
    error_message = "Staging's lake has staging in its name and production's has not, so that neither can be named by mistake."
  }
}

variable "alert_emails" {
  description = "Addresses that get every alert."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.alert_emails) > 0 && alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "Name one e-mail address or more that gets the alerts."
  }
}

variable "github_repository" {
  description = "GitHub repository whose workflows may plan and deploy, as owner/name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "The GitHub repository is named as owner/name, without patterns."
  }
}

variable "daily_by_workflow" {
  description = "Whether GitHub's workflow `daily` may be the runner, for a daily run where no host's scheduler does it."
  type        = bool
  default     = false
  nullable    = false
}

variable "image_digest" {
  description = "Digest of the Python image in the repository keystone-nexus."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^sha256:[0-9a-f]{64}$", var.image_digest))
    error_message = "The image's digest is sha256: and 64 hexadecimal digits, as the registry prints it."
  }
}

variable "ingest_image_digest" {
  description = "Digest of the ingest image in the repository keystone-ingest; needed when streaming."
  type        = string
  default     = null

  validation {
    condition     = var.ingest_image_digest == null ? !var.streaming : can(regex("^sha256:[0-9a-f]{64}$", var.ingest_image_digest))
    error_message = "streaming needs the ingest image's digest: sha256: and 64 hexadecimal digits."
  }
}

# Switches.
variable "compute" {
  description = "Where the platform runs: on one small ARM host (host), or as ECS services (fargate)."
  type        = string
  default     = "host"
  nullable    = false

  validation {
    condition     = contains(["host", "fargate"], var.compute)
    error_message = "compute must be host or fargate."
  }
}

variable "private" {
  description = "Whether computing has no way to the internet and reaches AWS by paid interface endpoints."
  type        = bool
  default     = false
  nullable    = false
}

variable "streaming" {
  description = "Whether there are MSK and the ingest service."
  type        = bool
  default     = false
  nullable    = false
}

# Network and host.
variable "vpc_cidr" {
  description = "Addresses of the VPC."
  type        = string
  default     = "10.20.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && try(tonumber(split("/", var.vpc_cidr)[1]) <= 22, false)
    error_message = "The VPC's addresses must be an IPv4 range of /22 or wider, such as 10.20.0.0/16."
  }
}

variable "host_instance_type" {
  description = "Size of the host."
  type        = string
  default     = "t4g.medium"
  nullable    = false

  validation {
    condition     = can(regex("^(t4g|m7g|m8g|c7g|r7g)\\.(small|medium|large|xlarge|2xlarge)$", var.host_instance_type))
    error_message = "The host is a small ARM machine: t4g, m7g, m8g, c7g or r7g of size small to 2xlarge."
  }
}

variable "host_volume_gb" {
  description = "GiB of the host's disk."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.host_volume_gb >= 20 && var.host_volume_gb <= 500
    error_message = "The host's disk must be 20 to 500 GiB."
  }
}

variable "host_image_parameter" {
  description = "SSM parameter with the id of the host's machine image; Ubuntu 24.04 LTS for ARM by default."
  type        = string
  default     = "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"
  nullable    = false

  validation {
    condition     = startswith(var.host_image_parameter, "/")
    error_message = "The machine image is named by an SSM parameter, which begins with a slash."
  }

  validation {
    condition     = !(var.private && var.compute == "host" && startswith(var.host_image_parameter, "/aws/service/canonical/"))
    error_message = "A private host cannot reach Ubuntu's package mirrors: name the parameter of an image that has docker and the aws command, or use compute = \"fargate\"."
  }
}

variable "ui_certificate_arn" {
  description = "Certificate (ACM) of the UI's host name: with it the UI on Fargate is behind a load balancer with sign-in; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.ui_certificate_arn == null || (var.compute == "fargate" && !var.private && can(regex("^arn:aws:acm:", coalesce(var.ui_certificate_arn, "-"))))
    error_message = "The UI's load balancer needs compute = \"fargate\", private = false and an ACM certificate's ARN; a host's UI is reached by Session Manager."
  }
}

variable "ui_host_name" {
  description = "Host name under which people open the UI; needed with ui_certificate_arn."
  type        = string
  default     = null

  validation {
    condition     = (var.ui_host_name == null) == (var.ui_certificate_arn == null)
    error_message = "ui_host_name and ui_certificate_arn go together."
  }
}

variable "ui_client_cidrs" {
  description = "Addresses from which the UI may be opened; needed with ui_certificate_arn."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ui_client_cidrs : can(cidrnetmask(cidr)) && !endswith(cidr, "/0")])
    error_message = "The UI is never public: name the IPv4 ranges of its users, and not 0.0.0.0/0."
  }

  validation {
    condition     = var.ui_certificate_arn == null || length(var.ui_client_cidrs) > 0
    error_message = "The UI's load balancer needs ui_client_cidrs: the ranges of its users."
  }
}

# The stream.
variable "kafka_authentication" {
  description = "How clients say to Kafka who they are: scram (a user and a password) or mtls (a certificate)."
  type        = string
  default     = "scram"
  nullable    = false

  validation {
    condition     = contains(["scram", "mtls"], var.kafka_authentication)
    error_message = "kafka_authentication must be scram or mtls."
  }
}

variable "kafka_password" {
  description = "Password of the Kafka user (scram): set TF_VAR_kafka_password. It reaches Secrets Manager and no plan or state."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.kafka_password == null ? !(var.streaming && var.kafka_authentication == "scram") : length(var.kafka_password) >= 20
    error_message = "streaming with scram needs a Kafka password of 20 characters or more: set TF_VAR_kafka_password."
  }
}

variable "kafka_password_version" {
  description = "A number to raise when the password is to be written anew."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.kafka_password_version >= 1 && floor(var.kafka_password_version) == var.kafka_password_version
    error_message = "The password's version is a whole number from 1."
  }
}

variable "kafka_certificate_authority_arns" {
  description = "Private certificate authorities whose certificates the brokers accept (mtls)."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.kafka_certificate_authority_arns : can(regex("^arn:aws:acm-pca:", arn))])
    error_message = "A certificate authority is an ARN that begins with arn:aws:acm-pca:."
  }

  validation {
    condition     = !(var.streaming && var.kafka_authentication == "mtls") || length(var.kafka_certificate_authority_arns) > 0
    error_message = "mtls needs a private certificate authority: name its ARN in kafka_certificate_authority_arns."
  }
}

variable "kafka_client_secret_arn" {
  description = "Secret with the platform's client certificate, as JSON with certificate and key (mtls)."
  type        = string
  default     = null

  validation {
    condition     = var.kafka_client_secret_arn == null ? !(var.streaming && var.kafka_authentication == "mtls") : can(regex("^arn:aws:secretsmanager:", var.kafka_client_secret_arn))
    error_message = "mtls needs kafka_client_secret_arn: the ARN of a secret with certificate and key."
  }
}

variable "kafka_instance_type" {
  description = "Size of a broker."
  type        = string
  default     = "kafka.t3.small"
  nullable    = false

  validation {
    condition     = contains(["kafka.t3.small", "kafka.m5.large", "kafka.m7g.large"], var.kafka_instance_type)
    error_message = "A broker is a kafka.t3.small, kafka.m5.large or kafka.m7g.large."
  }
}

variable "ingest_certificate_arn" {
  description = "Certificate (ACM) of the ingest service's host name; needed when streaming."
  type        = string
  default     = null

  validation {
    condition     = var.ingest_certificate_arn == null ? !var.streaming : can(regex("^arn:aws:acm:", var.ingest_certificate_arn))
    error_message = "streaming needs ingest_certificate_arn: the ARN of an ACM certificate for the host name that clients use."
  }
}

variable "ingest_client_cidrs" {
  description = "Addresses from which events may be sent; none for the VPC's own."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ingest_client_cidrs : can(cidrnetmask(cidr)) && !endswith(cidr, "/0")])
    error_message = "The ingest service is never public: name the IPv4 ranges of its clients, and not 0.0.0.0/0."
  }
}

# Database, limits, retention.
variable "database_instance_class" {
  description = "Size of the database."
  type        = string
  default     = "db.t4g.micro"
  nullable    = false

  validation {
    condition     = can(regex("^db\\.(t4g|m7g|m8g|r7g|r8g)\\.", var.database_instance_class))
    error_message = "The database runs on ARM (Graviton): use db.t4g.micro or a larger t4g, m7g, m8g, r7g, r8g."
  }
}

variable "database_storage_gb" {
  description = "GiB of the database's storage to begin with; it grows by itself to five times that."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.database_storage_gb >= 20 && var.database_storage_gb <= 1000
    error_message = "The database's storage must be 20 to 1000 GiB."
  }
}

variable "database_backup_days" {
  description = "Days for which backups are kept."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.database_backup_days >= 1 && var.database_backup_days <= 35
    error_message = "Backups are kept for 1 to 35 days."
  }
}

variable "database_multi_az" {
  description = "Whether a standby of the database runs in a second zone, which doubles its price."
  type        = bool
  default     = false
  nullable    = false
}

variable "protect" {
  description = "Whether database, buckets and secrets refuse to be destroyed; always in prod."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = var.protect || var.environment != "prod"
    error_message = "Production is always protected: to give it up, follow docs/terraform.md."
  }
}

variable "bronze_object_lock_days" {
  description = "Days of object lock on bronze (governance mode); 0 for none. Only a new bucket takes it."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.bronze_object_lock_days >= 0 && var.bronze_object_lock_days <= 3650
    error_message = "Days of object lock must be 0 (none) to 3650."
  }
}

variable "log_retention_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = contains([30, 60, 90, 180, 365, 400, 731], var.log_retention_days)
    error_message = "Logs are kept for 30, 60, 90, 180, 365, 400 or 731 days."
  }
}

variable "athena_cutoff_gb" {
  description = "GiB that one query of the platform may scan."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.athena_cutoff_gb >= 1 && var.athena_cutoff_gb <= 1000 && floor(var.athena_cutoff_gb) == var.athena_cutoff_gb
    error_message = "The cutoff of a query is a whole number of GiB, 1 to 1000."
  }
}

variable "athena_explore_cutoff_mb" {
  description = "MiB that one exploratory query of a person may scan."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = var.athena_explore_cutoff_mb >= 10 && var.athena_explore_cutoff_mb <= 10240
    error_message = "The cutoff of exploratory queries is 10 MiB (Athena's least) to 10240 MiB."
  }
}

variable "athena_gb_a_day" {
  description = "GiB that the platform's queries may scan in a day before an alarm."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.athena_gb_a_day >= 1 && var.athena_gb_a_day <= 10000
    error_message = "The day's limit of Athena's bytes is 1 to 10000 GiB."
  }
}

variable "budgets" {
  description = "Dollars a month of the account at which alerts are sent: a warning and the limit."
  type = object({
    warning = number
    limit   = number
  })
  default  = { warning = 50, limit = 100 }
  nullable = false

  validation {
    condition     = var.budgets.warning > 0 && var.budgets.limit > var.budgets.warning && var.budgets.limit <= 10000
    error_message = "The budgets must rise: 0 < warning < limit <= 10000 dollars a month."
  }
}
