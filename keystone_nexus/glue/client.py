"""The account's own client of Glue."""

from __future__ import annotations

from typing import Any

from keystone_nexus.glue.errors import classified


def glue_client() -> Any:
    """Waits for a throttled Glue as the SDK's standard does: seven more tries, within half a minute."""
    import boto3
    from botocore.config import Config

    with classified("reach Glue"):
        return boto3.client("glue", config=Config(retries={"mode": "standard", "max_attempts": 8}))
