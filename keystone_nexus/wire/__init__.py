"""What is on the wire: the order events as Kafka holds them, decoded to columns. Imports no Dagster."""
