"""Keystone Nexus: a data lakehouse for the Olist e-commerce data, as one Dagster asset graph."""

from keystone_nexus.outside import ignore_outside_settings
from keystone_nexus.private import keep_files_private

__version__ = "0.1.0"

ignore_outside_settings()
keep_files_private()
