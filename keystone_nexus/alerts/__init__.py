"""Who is told on AWS: alerts to an SNS topic, and the daily run's heartbeat to CloudWatch. Knows no Dagster."""
