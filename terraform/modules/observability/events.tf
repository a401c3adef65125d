# What AWS itself reports and no metric shows.
locals {
  events = merge(
    {
      athena-query-failed = {
        text   = "A query of the platform failed in Athena"
        source = "aws.athena"
        type   = "Athena Query State Change"
        detail = { currentState = ["FAILED"], workgroupName = [var.context.name] }
      }
    },
    var.compute != "host" ? {} : {
      host-not-started = {
        text   = "A new host could not be started"
        source = "aws.autoscaling"
        type   = "EC2 Instance Launch Unsuccessful"
        detail = { AutoScalingGroupName = ["${var.context.name}-host"] }
      }
    },
    var.compute != "fargate" && !var.streaming ? {} : {
      deployment-failed = {
        text   = "A roll-out was stopped and rolled back"
        source = "aws.ecs"
        type   = "ECS Deployment State Change"
        detail = { eventName = ["SERVICE_DEPLOYMENT_FAILED"] }
      }
    },
  )
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each    = local.events
  name        = "${var.context.name}-${each.key}"
  description = each.value.text

  event_pattern = jsonencode({
    source        = [each.value.source]
    "detail-type" = [each.value.type]
    detail        = each.value.detail
  })
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = aws_cloudwatch_event_rule.this
  rule     = each.value.name
  arn      = aws_sns_topic.alerts.arn
}
