# What an operator chooses, the same in every environment; checks and meaning: terraform/platform/variables.tf.
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
  default     = "us-east-1"
  nullable    = false

  validation {
    condition     = can(regex("^(us|eu|ap|sa|ca|af|me)-[a-z]+-[0-9]$", var.region))
    error_message = "The region is a commercial one, such as us-east-1."
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

variable "lake_name" {
  description = "Name of the lake; null for olist-data-lake-<account>, with -staging- in staging."
  type        = string
  default     = null

  validation {
    condition     = var.lake_name == null || can(regex("^[a-z0-9][a-z0-9-]{2,44}[a-z0-9]$", var.lake_name))
    error_message = "The lake's name has 4 to 46 small letters, digits and hyphens, so that its buckets' names fit 63."
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

variable "offline" {
  description = "Whether a plan is made without an account (tests): nothing is asked of AWS. Never apply with it."
  type        = bool
  default     = false
  nullable    = false
}

variable "endpoint" {
  description = "Address of an AWS double that is applied to (tests); null for AWS itself."
  type        = string
  default     = null

  validation {
    condition     = var.endpoint == null || can(regex("^http://127\\.0\\.0\\.1:[0-9]+$", var.endpoint))
    error_message = "An AWS double listens on this machine: http://127.0.0.1:PORT."
  }
}
