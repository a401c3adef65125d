# Each alarm says what it means and what to look at: its text is the mail that somebody gets.
locals {
  always = {
    daily-run-missing = {
      namespace  = "KeystoneNexus", metric = "DailyRunSucceeded", statistic = "Sum", comparison = "LessThanThreshold"
      threshold  = 1, period = 3600, periods = 26, missing = "breaching"
      dimensions = { Environment = var.context.environment }
      text       = "No daily run has succeeded for 26 hours: look at the runs in the UI, then at the daemon's log."
    }
    database-storage = {
      namespace  = "AWS/RDS", metric = "FreeStorageSpace", statistic = "Minimum", comparison = "LessThanThreshold"
      threshold  = 2147483648, period = 900, periods = 2, missing = "missing"
      dimensions = { DBInstanceIdentifier = var.database_identifier }
      text       = "Dagster's database has less than 2 GiB left: shorten the retention of runs, or raise database_storage_gb."
    }
    database-cpu = {
      namespace  = "AWS/RDS", metric = "CPUUtilization", statistic = "Average", comparison = "GreaterThanThreshold"
      threshold  = 80, period = 300, periods = 6, missing = "missing"
      dimensions = { DBInstanceIdentifier = var.database_identifier }
      text       = "Dagster's database has been busy for half an hour: look for a sensor that ticks too often."
    }
    athena-bytes = {
      namespace  = "AWS/Athena", metric = "ProcessedBytes", statistic = "Sum", comparison = "GreaterThanThreshold"
      threshold  = var.athena_gb_a_day * 1024 * 1024 * 1024, period = 86400, periods = 1, missing = "notBreaching"
      dimensions = { WorkGroup = var.context.name }
      text       = "Athena has scanned more than ${var.athena_gb_a_day} GiB in a day: look at the workgroup's recent queries."
    }
  }
  on_host = var.compute != "host" ? {} : {
    host-missing = {
      namespace  = "AWS/AutoScaling", metric = "GroupInServiceInstances", statistic = "Minimum"
      comparison = "LessThanThreshold", threshold = 1, period = 300, periods = 3, missing = "breaching"
      dimensions = { AutoScalingGroupName = "${var.context.name}-host" }
      text       = "The host has been away for 15 minutes: look at the auto-scaling group's activities."
    }
    host-cpu = {
      namespace  = "AWS/EC2", metric = "CPUUtilization", statistic = "Average", comparison = "GreaterThanThreshold"
      threshold  = 90, period = 300, periods = 12, missing = "missing"
      dimensions = { AutoScalingGroupName = "${var.context.name}-host" }
      text       = "The host has been busy for an hour: look at the runs, or raise host_instance_type."
    }
  }
  # A task reports its CPU each minute, so that no report means no task.
  on_fargate = var.compute != "fargate" ? {} : {
    for service in ["webserver", "daemon", "code"] : "${service}-missing" => {
      namespace  = "ECS/ContainerInsights", metric = "RunningTaskCount", statistic = "Minimum"
      comparison = "LessThanThreshold", threshold = 1, period = 300, periods = 3, missing = "breaching"
      dimensions = { ClusterName = var.context.name, ServiceName = service }
      text       = "No task of ${service} has run for 15 minutes: look at the service's events and its log."
    }
  }
  on_streaming = !var.streaming ? {} : {
    ingest-missing = {
      namespace  = "ECS/ContainerInsights", metric = "RunningTaskCount", statistic = "Minimum"
      comparison = "LessThanThreshold", threshold = 1, period = 300, periods = 3, missing = "breaching"
      dimensions = { ClusterName = var.context.name, ServiceName = "ingest" }
      text       = "No ingest server has run for 15 minutes: clients wait with their events. Look at its log."
    }
    kafka-disk = {
      namespace  = "AWS/Kafka", metric = "KafkaDataLogsDiskUsed", statistic = "Maximum"
      comparison = "GreaterThanThreshold", threshold = 80, period = 300, periods = 3, missing = "missing"
      dimensions = { "Cluster Name" = var.context.name }
      text       = "A broker's disk is 80 % full: shorten log.retention.hours, or raise kafka_storage_gb."
    }
    kafka-offline-partitions = {
      namespace  = "AWS/Kafka", metric = "OfflinePartitionsCount", statistic = "Maximum"
      comparison = "GreaterThanThreshold", threshold = 0, period = 300, periods = 3, missing = "missing"
      dimensions = { "Cluster Name" = var.context.name }
      text       = "Partitions of Kafka have no leader: no event of theirs is taken. Look at the cluster's brokers."
    }
  }
  alarms = merge(local.always, local.on_host, local.on_fargate, local.on_streaming)
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.context.name}-${each.key}"
  alarm_description   = each.value.text
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.periods
  treat_missing_data  = each.value.missing
  dimensions          = each.value.dimensions
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}
