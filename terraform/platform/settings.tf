# What the program is told: the names of its environment variables. Nothing here is secret.
locals {
  stream_settings = !var.streaming ? {} : {
    KEYSTONE_KAFKA_BROKERS = module.kafka[0].brokers
    KEYSTONE_KAFKA_SECRET  = local.kafka_secrets["kafka"]
  }
  settings = merge(
    {
      AWS_DEFAULT_REGION        = var.region
      AWS_REGION                = var.region
      DAGSTER_PG_DB             = module.database.database
      DAGSTER_PG_HOST           = module.database.host
      DAGSTER_PG_PORT           = "5432"
      DAGSTER_PG_USERNAME       = "dagster"
      DAGSTER_PG_SECRET         = module.database.secret_arn
      KEYSTONE_ALERT_TOPIC      = module.observability.topic_arn
      KEYSTONE_ATHENA_WORKGROUP = module.query.workgroup
      KEYSTONE_COST_BUDGET      = tostring(var.budgets.limit)
      KEYSTONE_ENV              = var.environment
      KEYSTONE_KMS_KEY          = module.key_data.key_arn
      KEYSTONE_LAKE             = "s3://${local.lake}"
      KEYSTONE_LOG_BUCKET       = module.storage.buckets["logs"]
      KEYSTONE_SCHEMA_REGISTRY  = module.registry.setting
      KEYSTONE_SOURCE           = "s3://${module.storage.buckets["bronze"]}/drop"
      PGSSLMODE                 = "require"
    },
    local.stream_settings,
  )
}
