# The Kafka user (scram). MSK takes only secrets whose name begins with AmazonMSK_ and whose key is the account's own.
resource "aws_secretsmanager_secret" "user" {
  #checkov:skip=CKV2_AWS_57:a new password is given as kafka_password with a raised kafka_password_version
  count                   = local.scram ? 1 : 0
  name                    = "AmazonMSK_${var.context.name}-keystone"
  description             = "The platform's Kafka user"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.recovery_days
}

resource "aws_secretsmanager_secret_version" "user" {
  count                    = local.scram ? 1 : 0
  secret_id                = aws_secretsmanager_secret.user[0].id
  secret_string_wo         = jsonencode({ username = "keystone", password = var.password })
  secret_string_wo_version = var.password_version
}

resource "aws_secretsmanager_secret_policy" "user" {
  count      = local.scram ? 1 : 0
  secret_arn = aws_secretsmanager_secret.user[0].arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "BrokersCheckThePassword"
      Effect    = "Allow"
      Principal = { Service = "kafka.amazonaws.com" }
      Action    = "secretsmanager:GetSecretValue"
      Resource  = aws_secretsmanager_secret.user[0].arn
      Condition = { StringEquals = { "aws:SourceAccount" = var.context.account_id } }
    }]
  })
}

resource "aws_msk_scram_secret_association" "user" {
  count           = local.scram ? 1 : 0
  cluster_arn     = aws_msk_cluster.this.arn
  secret_arn_list = [aws_secretsmanager_secret.user[0].arn]

  depends_on = [aws_secretsmanager_secret_version.user, aws_secretsmanager_secret_policy.user]
}
