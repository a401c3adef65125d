locals {
  queries = {
    revenue-by-month = {
      layer       = "gold"
      description = "Orders and revenue of each month"
      sql         = "select month, orders, revenue from monthly_sales order by month"
    }
    rejected-rows-by-rule = {
      layer       = "quarantine"
      description = "Rejected orders by the rule that they broke"
      sql         = <<-SQL
        select rule, count(*) as rejected
        from orders cross join unnest(_rules) as r (rule)
        group by rule order by rejected desc
      SQL
    }
    rows-of-silver-by-month = {
      layer       = "silver"
      description = "Orders of each month of silver: a month that is not there was not built or is not in the catalog"
      sql         = "select year, month, count(*) as orders from orders group by year, month order by year, month"
    }
  }
}

resource "aws_athena_named_query" "this" {
  for_each    = local.queries
  name        = "${var.context.name}-${each.key}"
  description = each.value.description
  workgroup   = aws_athena_workgroup.this["explore"].id
  database    = var.databases[each.value.layer]
  query       = each.value.sql
}
