"""An alert to the SNS topic that `KEYSTONE_ALERT_TOPIC` names. A topic that fails never fails a run: it is logged."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from typing import Any

from keystone_nexus.alerts.words import safe

log = logging.getLogger(__name__)

TOPIC = "KEYSTONE_ALERT_TOPIC"
KEPT = ("run_id", "job", "asset", "check", "partition")
"""What of an alert's details goes out: names, never values."""
SECONDS = 5


def publish(environment: str, kind: str, text: str, details: Mapping[str, Any]) -> bool:
    """Sends one alert where a topic is set. Returns whether it was taken."""
    topic = os.environ.get(TOPIC)
    if not topic:
        return False
    body = {"environment": environment, "kind": kind, "text": safe(text)}
    body |= {name: str(details[name]) for name in KEPT if name in details}
    try:
        client("sns", topic.split(":")[3]).publish(
            TopicArn=topic,
            Subject=f"Keystone {environment}: {kind.replace('_', ' ')}"[:100],
            Message=json.dumps(body, ensure_ascii=False, indent=1),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": body[name]} for name in ("environment", "kind")
            },
        )
    except Exception as error:  # whatever it is, the run goes on
        log.error("the alert %r did not reach %s: %s; the role needs sns:Publish on it", kind, topic, error)
        return False
    return True


def client(service: str, region: str | None = None) -> Any:
    """A client that gives up soon: an alert must not hold up what it tells of."""
    import boto3
    from botocore.config import Config

    patience = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 3})
    make: Any = boto3.client
    return make(service, region_name=region, config=patience)
