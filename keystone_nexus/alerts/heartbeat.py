"""The daily run's heartbeat: a metric that an alarm misses when the run did not happen or did not succeed."""

from __future__ import annotations

import logging

from keystone_nexus.alerts.publish import client

log = logging.getLogger(__name__)

NAMESPACE, METRIC = "KeystoneNexus", "DailyRunSucceeded"
BEATING = ("staging", "prod")
"""The environments that have an alarm."""


def beat(environment: str) -> bool:
    """Puts the metric once. Returns whether it was taken; a CloudWatch that fails is logged, and the alarm follows."""
    if environment not in BEATING:
        return False
    try:
        client("cloudwatch").put_metric_data(
            Namespace=NAMESPACE,
            MetricData=[
                {
                    "MetricName": METRIC,
                    "Dimensions": [{"Name": "Environment", "Value": environment}],
                    "Value": 1.0,
                    "Unit": "Count",
                }
            ],
        )
    except Exception as error:  # the run itself succeeded
        log.error(
            "the heartbeat of the daily run did not reach CloudWatch: %s; the role needs cloudwatch:PutMetricData "
            "for the namespace %s",
            error,
            NAMESPACE,
        )
        return False
    return True
