# Glue's databases: the schemas of the lake, and where a build of gold makes its tables before they are published.
# Tables are the program's, from the contracts (keystone catalog apply).
locals {
  prefix    = var.context.environment == "prod" ? "" : "${var.context.environment}_"
  databases = { for schema in ["bronze", "silver", "quarantine", "gold", "gold_build"] : schema => "${local.prefix}${schema}" }
}

resource "aws_glue_catalog_database" "this" {
  for_each     = local.databases
  name         = each.value
  description  = "${var.context.name}: ${each.key}"
  location_uri = "s3://${var.buckets[trimsuffix(each.key, "_build")]}/"
}
