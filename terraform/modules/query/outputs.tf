output "workgroup" {
  description = "Workgroup of the platform."
  value       = local.workgroups.platform.name
}

output "explore_workgroup" {
  description = "Workgroup of people's exploratory queries."
  value       = local.workgroups.explore.name
}
