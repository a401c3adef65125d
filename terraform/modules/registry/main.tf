# Glue's Schema Registry: what the records of the stream mean. The first version comes from here; later ones are
# registered by the program, which checks that they can be read with ours.
resource "aws_glue_registry" "this" {
  registry_name = var.context.name
  description   = "Schemas of ${var.context.name}"
}

resource "aws_glue_schema" "order_events" {
  schema_name       = "order-events"
  description       = "One order lifecycle event"
  registry_arn      = aws_glue_registry.this.arn
  data_format       = "PROTOBUF"
  compatibility     = "BACKWARD"
  schema_definition = var.schema_definition

  lifecycle {
    ignore_changes = [schema_definition]
  }
}
