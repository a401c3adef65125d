output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "vpc_cidr" {
  description = "Addresses of the VPC."
  value       = var.vpc_cidr
}

output "compute_subnet_ids" {
  description = "Subnets of computing, one in each zone."
  value       = [for zone in sort(keys(local.zones)) : aws_subnet.compute[zone].id]
}

output "data_subnet_ids" {
  description = "Subnets of databases and brokers, one in each zone."
  value       = [for zone in sort(keys(local.zones)) : aws_subnet.data[zone].id]
}
