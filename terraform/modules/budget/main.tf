# Two budgets over the whole account: each tells when it is spent, and when AWS foresees that it will be. They count
# the account and not a tag, since a tag that nobody activated counts nothing and so never tells.
resource "aws_budgets_budget" "this" {
  for_each     = { warning = var.limits.warning, limit = var.limits.limit }
  name         = "${var.context.name}-${each.key}"
  budget_type  = "COST"
  limit_amount = tostring(each.value)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  dynamic "notification" {
    for_each = toset(["ACTUAL", "FORECASTED"])

    content {
      comparison_operator       = "GREATER_THAN"
      threshold                 = 100
      threshold_type            = "PERCENTAGE"
      notification_type         = notification.value
      subscriber_sns_topic_arns = [var.topic_arn]
    }
  }
}
