# Each service has a group of its own, and a run that of the daemon, which starts it; only the code location is called.
resource "aws_security_group" "this" {
  #checkov:skip=CKV2_AWS_5:attached by the services
  for_each    = local.services
  name        = "${local.name}-${each.key}"
  description = "Tasks of ${each.key}"
  vpc_id      = var.vpc_id
  tags        = { Name = "${local.name}-${each.key}" }
}

resource "aws_vpc_security_group_egress_rule" "https" {
  for_each          = local.services
  security_group_id = aws_security_group.this[each.key].id
  description       = "HTTPS to AWS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

locals {
  callers = toset(["webserver", "daemon"])
}

resource "aws_vpc_security_group_ingress_rule" "code" {
  for_each                     = local.callers
  security_group_id            = aws_security_group.this["code"].id
  description                  = "Code location from ${each.key}"
  referenced_security_group_id = aws_security_group.this[each.key].id
  ip_protocol                  = "tcp"
  from_port                    = 4000
  to_port                      = 4000
}

resource "aws_vpc_security_group_egress_rule" "code" {
  for_each                     = local.callers
  security_group_id            = aws_security_group.this[each.key].id
  description                  = "To the code location"
  referenced_security_group_id = aws_security_group.this["code"].id
  ip_protocol                  = "tcp"
  from_port                    = 4000
  to_port                      = 4000
}
