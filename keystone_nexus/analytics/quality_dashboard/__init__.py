"""`quality_dashboard.html`: how well the data kept its contracts, per table and day, in one file that works offline."""

from keystone_nexus.analytics.quality_dashboard.checks import CheckResult
from keystone_nexus.analytics.quality_dashboard.page import build_quality_dashboard

__all__ = ["CheckResult", "build_quality_dashboard"]
