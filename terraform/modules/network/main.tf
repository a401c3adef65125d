# A VPC in two zones. Data never has a way to the internet; computing has one of its own, without any inbound rule,
# or none (private). There is no NAT gateway.
locals {
  zones = { a = 0, b = 1 }
}

resource "aws_vpc" "this" {
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.context.name }
}

# Nothing uses the VPC's own security group: without rules it lets nothing in or out.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "compute" {
  for_each          = local.zones
  vpc_id            = aws_vpc.this.id
  availability_zone = "${var.context.region}${each.key}"
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, each.value)
  tags              = { Name = "${var.context.name}-compute-${each.key}" }
}

resource "aws_subnet" "data" {
  for_each          = local.zones
  vpc_id            = aws_vpc.this.id
  availability_zone = "${var.context.region}${each.key}"
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, each.value + 8)
  tags              = { Name = "${var.context.name}-data-${each.key}" }
}

resource "aws_route_table" "compute" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.context.name}-compute" }
}

resource "aws_route_table" "data" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.context.name}-data" }
}

resource "aws_route_table_association" "compute" {
  for_each       = aws_subnet.compute
  subnet_id      = each.value.id
  route_table_id = aws_route_table.compute.id
}

resource "aws_route_table_association" "data" {
  for_each       = aws_subnet.data
  subnet_id      = each.value.id
  route_table_id = aws_route_table.data.id
}

resource "aws_internet_gateway" "this" {
  count  = var.private ? 0 : 1
  vpc_id = aws_vpc.this.id
  tags   = { Name = var.context.name }
}

resource "aws_route" "internet" {
  count                  = var.private ? 0 : 1
  route_table_id         = aws_route_table.compute.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_flow_log" "this" {
  vpc_id                   = aws_vpc.this.id
  traffic_type             = "REJECT"
  log_destination_type     = "s3"
  log_destination          = "arn:aws:s3:::${var.log_bucket}"
  max_aggregation_interval = 600
  tags                     = { Name = var.context.name }
}
