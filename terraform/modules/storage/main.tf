# The lake's buckets: one for each layer, one for Athena's results, one for logs.
locals {
  layers = {
    bronze     = { noncurrent_days = 365, expire_days = 0, inventory = true }
    silver     = { noncurrent_days = 30, expire_days = 0, inventory = true }
    quarantine = { noncurrent_days = 30, expire_days = 0, inventory = true }
    gold       = { noncurrent_days = 14, expire_days = 0, inventory = true }
    analytics  = { noncurrent_days = 14, expire_days = 0, inventory = false }
    athena     = { noncurrent_days = 1, expire_days = var.results_days, inventory = false }
  }
  names = { for layer in concat(keys(local.layers), ["logs"]) : layer => "${var.lake_name}-${layer}" }

  # What lands in bronze stays: nobody deletes there. To give a lake up, an administrator removes the policy first.
  undeletable = { bronze = ["*"] }
}

module "layer" {
  source   = "../bucket"
  for_each = local.layers

  name             = local.names[each.key]
  kms_key_arn      = var.kms_key_arn
  log_bucket       = module.logs.name
  inventory        = each.value.inventory
  noncurrent_days  = each.value.noncurrent_days
  expire_days      = each.value.expire_days
  undeletable      = lookup(local.undeletable, each.key, [])
  object_lock_days = each.key == "bronze" ? var.bronze_object_lock_days : 0
  force_destroy    = var.force_destroy
}

module "logs" {
  source = "../bucket"

  name            = local.names["logs"]
  logged          = false
  encryption      = "s3"
  noncurrent_days = 1
  expire_days     = 90
  force_destroy   = var.force_destroy
  statements = [for sid, from in local.log_writers : jsonencode({
    Sid       = sid
    Effect    = "Allow"
    Principal = { Service = from.service }
    Action    = from.action
    Resource  = "arn:aws:s3:::${local.names["logs"]}${from.keys}"
    Condition = {
      StringEquals = { "aws:SourceAccount" = var.context.account_id }
      ArnLike      = { "aws:SourceArn" = from.sources }
    }
  })]
}

locals {
  # Each bucket writes its access logs below its own name.
  access_logs = { for layer in sort(keys(local.layers)) : "AccessLogs${title(layer)}" => {
    service = "logging.s3.amazonaws.com"
    action  = "s3:PutObject"
    keys    = "/access/${local.names[layer]}/*"
    sources = ["arn:aws:s3:::${local.names[layer]}"]
  } }

  log_writers = merge(local.access_logs, {
    Inventory = {
      service = "s3.amazonaws.com"
      action  = "s3:PutObject"
      keys    = "/inventory/*"
      sources = [for layer, has in local.layers : "arn:aws:s3:::${local.names[layer]}" if has.inventory]
    }
    Delivered = {
      service = "delivery.logs.amazonaws.com"
      action  = "s3:PutObject"
      keys    = "/AWSLogs/*"
      sources = ["arn:aws:logs:${var.context.region}:${var.context.account_id}:*"]
    }
    Balancers = {
      service = "logdelivery.elasticloadbalancing.amazonaws.com"
      action  = "s3:PutObject"
      keys    = "/ui/*"
      sources = ["arn:aws:elasticloadbalancing:${var.context.region}:${var.context.account_id}:loadbalancer/*"]
    }
    DeliveredLook = {
      service = "delivery.logs.amazonaws.com"
      action  = "s3:GetBucketAcl"
      keys    = ""
      sources = ["arn:aws:logs:${var.context.region}:${var.context.account_id}:*"]
    }
  })
}
