variable "account_id" {
  description = "The AWS account that is prepared; another one is refused."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "The account id has 12 digits: aws sts get-caller-identity prints it."
  }
}

variable "region" {
  description = "The AWS region."
  type        = string
  default     = "us-east-1"
  nullable    = false

  validation {
    condition     = can(regex("^(us|eu|ap|sa|ca|af|me)-[a-z]+-[0-9]$", var.region))
    error_message = "The region is a commercial one, such as us-east-1."
  }
}

variable "alert_emails" {
  description = "Addresses that hear of unusual costs."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.alert_emails) > 0 && alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "Name one e-mail address or more that hears of unusual costs."
  }
}

variable "anomaly_monitor_arn" {
  description = "A cost anomaly monitor over all services that the account has already (AWS makes one in new accounts, and allows one); null to make it."
  type        = string
  default     = null

  validation {
    condition     = var.anomaly_monitor_arn == null || can(regex("^arn:aws:ce::[0-9]{12}:anomalymonitor/", var.anomaly_monitor_arn))
    error_message = "A cost anomaly monitor is an ARN such as arn:aws:ce::111122223333:anomalymonitor/..."
  }
}

variable "anomaly_dollars" {
  description = "Dollars by which a day's cost must be unusual before a mail is sent."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.anomaly_dollars >= 1 && var.anomaly_dollars <= 1000
    error_message = "Unusual costs are told of from 1 to 1000 dollars."
  }
}

variable "offline" {
  description = "Whether a plan is made without an account (tests): nothing is asked of AWS. Never apply with it."
  type        = bool
  default     = false
  nullable    = false
}
