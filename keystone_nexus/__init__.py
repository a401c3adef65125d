"""Keystone Nexus: a data lakehouse for the Olist e-commerce data, as one Dagster asset graph."""

__version__ = "0.1.0"
