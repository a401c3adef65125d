"""Glue to Dagster: partitions, checks, metadata, event storage. The only place that knows both sides."""
