# MSK with two brokers. TLS everywhere, no client without a name; an acknowledged event is on both brokers, so that
# while one is patched the ingest server asks its clients to try again.
locals {
  scram = var.authentication == "scram"
  port  = local.scram ? 9096 : 9094
}

resource "aws_security_group" "this" {
  name        = "${var.context.name}-kafka"
  description = "Kafka: from the platform's own tasks"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.context.name}-kafka" }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/${var.context.name}/kafka"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_msk_configuration" "this" {
  name           = var.context.name
  kafka_versions = ["3.8.x"]
  description    = "Topics are made on purpose, acknowledged means on two brokers, nothing is lost to an unclean election"

  server_properties = <<-PROPERTIES
    auto.create.topics.enable=false
    default.replication.factor=2
    min.insync.replicas=2
    num.partitions=6
    unclean.leader.election.enable=false
    log.retention.hours=168
  PROPERTIES
}

resource "aws_msk_cluster" "this" {
  cluster_name           = var.context.name
  kafka_version          = "3.8.x"
  number_of_broker_nodes = 2

  broker_node_group_info {
    instance_type   = var.instance_type
    client_subnets  = var.subnet_ids
    security_groups = [aws_security_group.this.id]

    storage_info {
      ebs_storage_info {
        volume_size = var.storage_gb
      }
    }
  }

  configuration_info {
    arn      = aws_msk_configuration.this.arn
    revision = aws_msk_configuration.this.latest_revision
  }

  encryption_info {
    encryption_at_rest_kms_key_arn = var.kms_key_arn

    encryption_in_transit {
      client_broker = "TLS"
      in_cluster    = true
    }
  }

  client_authentication {
    unauthenticated = false

    sasl {
      scram = local.scram
    }

    dynamic "tls" {
      for_each = local.scram ? [] : [var.certificate_authority_arns]

      content {
        certificate_authority_arns = tls.value
      }
    }
  }

  logging_info {
    broker_logs {
      cloudwatch_logs {
        enabled   = true
        log_group = aws_cloudwatch_log_group.this.name
      }
    }
  }
}
