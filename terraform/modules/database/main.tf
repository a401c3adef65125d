# PostgreSQL for Dagster's runs and events. RDS makes and keeps the password; nobody else ever has it.
resource "aws_db_subnet_group" "this" {
  name       = var.context.name
  subnet_ids = var.subnet_ids
}

# Who may connect is said by rules beside each client (module platform, access.tf).
resource "aws_security_group" "this" {
  #checkov:skip=CKV2_AWS_5:attached to the instance below
  name        = "${var.context.name}-database"
  description = "PostgreSQL: from the platform's own tasks"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.context.name}-database" }
}

resource "aws_db_parameter_group" "this" {
  name        = "${var.context.name}-postgres16"
  family      = "postgres16"
  description = "TLS only; statements that change tables or take long are logged"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/rds/instance/${var.context.name}/postgresql"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_db_instance" "this" {
  #checkov:skip=CKV_AWS_157:a standby doubles the price for state that a backup restores; the switch is multi_az
  #checkov:skip=CKV_AWS_118:enhanced monitoring costs log volume, CPU and storage are alarmed on without it
  #checkov:skip=CKV_AWS_293:on in prod; staging can be destroyed in one command
  identifier     = var.context.name
  engine         = "postgres"
  engine_version = "16"
  instance_class = var.instance_class
  db_name        = "dagster"
  username       = "dagster"

  manage_master_user_password   = true
  master_user_secret_kms_key_id = var.kms_key_arn

  storage_type          = "gp3"
  allocated_storage     = var.storage_gb
  max_allocated_storage = var.storage_gb * 5
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  multi_az               = var.multi_az
  publicly_accessible    = false
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  parameter_group_name   = aws_db_parameter_group.this.name
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  iam_database_authentication_enabled = true
  performance_insights_enabled        = true
  performance_insights_kms_key_id     = var.kms_key_arn
  enabled_cloudwatch_logs_exports     = ["postgresql"]

  backup_retention_period    = var.backup_days
  backup_window              = "04:00-04:30"
  maintenance_window         = "sun:05:00-sun:05:30"
  auto_minor_version_upgrade = true
  copy_tags_to_snapshot      = true
  deletion_protection        = var.deletion_protection
  delete_automated_backups   = !var.deletion_protection
  skip_final_snapshot        = !var.deletion_protection
  final_snapshot_identifier  = "${var.context.name}-last"

  depends_on = [aws_cloudwatch_log_group.this]
}
