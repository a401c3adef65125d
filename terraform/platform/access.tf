# Who may connect to the database and to Kafka: one rule on either side for each client, and nothing else.
locals {
  platform_groups = merge(
    local.fargate ? module.compute_fargate[0].security_group_ids : {},
    local.fargate ? {} : { host = module.compute_host[0].security_group_id },
  )
  platform_parts = local.fargate ? ["webserver", "daemon", "code"] : ["host"]
  kafka_parts    = !var.streaming ? [] : concat(["ingest"], local.fargate ? ["daemon", "code"] : ["host"])
  kafka_groups   = merge(local.platform_groups, var.streaming ? { ingest = module.ingest[0].security_group_id } : {})
  kafka_port     = var.kafka_authentication == "scram" ? 9096 : 9094
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  for_each                     = toset(local.platform_parts)
  security_group_id            = module.database.security_group_id
  description                  = "PostgreSQL from ${each.key}"
  referenced_security_group_id = local.platform_groups[each.key]
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "database" {
  for_each                     = toset(local.platform_parts)
  security_group_id            = local.platform_groups[each.key]
  description                  = "To PostgreSQL"
  referenced_security_group_id = module.database.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "kafka" {
  for_each                     = toset(local.kafka_parts)
  security_group_id            = module.kafka[0].security_group_id
  description                  = "Kafka from ${each.key}"
  referenced_security_group_id = local.kafka_groups[each.key]
  ip_protocol                  = "tcp"
  from_port                    = local.kafka_port
  to_port                      = local.kafka_port
}

resource "aws_vpc_security_group_egress_rule" "kafka" {
  for_each                     = toset(local.kafka_parts)
  security_group_id            = local.kafka_groups[each.key]
  description                  = "To Kafka"
  referenced_security_group_id = module.kafka[0].security_group_id
  ip_protocol                  = "tcp"
  from_port                    = local.kafka_port
  to_port                      = local.kafka_port
}

resource "aws_vpc_security_group_ingress_rule" "ui" {
  count                        = var.ui_certificate_arn == null ? 0 : 1
  security_group_id            = local.platform_groups["webserver"]
  description                  = "The UI from its load balancer"
  referenced_security_group_id = module.ui[0].security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 3000
  to_port                      = 3000
}

resource "aws_vpc_security_group_egress_rule" "ui" {
  count                        = var.ui_certificate_arn == null ? 0 : 1
  security_group_id            = module.ui[0].security_group_id
  description                  = "To the webserver"
  referenced_security_group_id = local.platform_groups["webserver"]
  ip_protocol                  = "tcp"
  from_port                    = 3000
  to_port                      = 3000
}
