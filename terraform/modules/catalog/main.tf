# Glue's databases: the schemas of the lake. Tables are the program's, from the contracts (keystone catalog apply).
locals {
  prefix    = var.context.environment == "prod" ? "" : "${var.context.environment}_"
  databases = { for layer in ["bronze", "silver", "quarantine", "gold"] : layer => "${local.prefix}${layer}" }
}

resource "aws_glue_catalog_database" "this" {
  for_each     = local.databases
  name         = each.value
  description  = "${var.context.name}: ${each.key}"
  location_uri = "s3://${var.buckets[each.key]}/"
}
