# S3 by a gateway, which costs nothing; all else by paid endpoints, and only when private.
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.context.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.compute.id, aws_route_table.data.id]
  tags              = { Name = "${var.context.name}-s3" }
}

resource "aws_security_group" "endpoints" {
  count       = var.private ? 1 : 0
  name        = "${var.context.name}-endpoints"
  description = "Interface endpoints: HTTPS from the VPC"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${var.context.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  count             = var.private ? 1 : 0
  security_group_id = aws_security_group.endpoints[0].id
  description       = "HTTPS from the VPC"
  cidr_ipv4         = var.vpc_cidr
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# In one zone: an endpoint is billed in each, and its names resolve in both.
resource "aws_vpc_endpoint" "interface" {
  for_each            = var.private ? toset(var.endpoint_services) : []
  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.context.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [aws_subnet.compute["a"].id]
  security_group_ids  = [aws_security_group.endpoints[0].id]
  tags                = { Name = "${var.context.name}-${each.key}" }
}
