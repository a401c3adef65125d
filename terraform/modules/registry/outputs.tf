output "setting" {
  description = "Value of KEYSTONE_SCHEMA_REGISTRY."
  value       = "glue:${aws_glue_registry.this.registry_name}/${aws_glue_schema.order_events.schema_name}"
}
