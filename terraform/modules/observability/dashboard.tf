# One dashboard: did the day's run succeed, what did it cost in bytes, how are database and computing.
locals {
  charts = concat(
    [
      { title = "Daily runs that succeeded", stat = "Sum", metrics = [["KeystoneNexus", "DailyRunSucceeded", "Environment", var.context.environment]] },
      { title = "Bytes scanned by Athena", stat = "Sum", metrics = [for group in [var.context.name, "${var.context.name}-explore"] : ["AWS/Athena", "ProcessedBytes", "WorkGroup", group]] },
      { title = "Database: CPU %", stat = "Average", metrics = [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", var.database_identifier]] },
      { title = "Database: free storage", stat = "Minimum", metrics = [["AWS/RDS", "FreeStorageSpace", "DBInstanceIdentifier", var.database_identifier]] },
    ],
    var.compute == "host" ? [
      { title = "Host: CPU %", stat = "Average", metrics = [["AWS/EC2", "CPUUtilization", "AutoScalingGroupName", "${var.context.name}-host"]] },
      ] : [
      { title = "Tasks: CPU %", stat = "Average", metrics = [for service in ["webserver", "daemon", "code"] : ["AWS/ECS", "CPUUtilization", "ClusterName", var.context.name, "ServiceName", service]] },
    ],
    var.streaming ? [
      { title = "Kafka: bytes in", stat = "Sum", metrics = [["AWS/Kafka", "BytesInPerSec", "Cluster Name", var.context.name]] },
    ] : [],
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.context.name

  dashboard_body = jsonencode({
    widgets = [for place, chart in local.charts : {
      type   = "metric"
      x      = (place % 2) * 12
      y      = floor(place / 2) * 6
      width  = 12
      height = 6
      properties = {
        title   = chart.title
        region  = var.context.region
        stat    = chart.stat
        period  = 3600
        metrics = chart.metrics
      }
    }]
  })
}
