"""The S3 client: endpoint, region and credentials by the SDK's own variables and files."""

from __future__ import annotations

from functools import cache
from typing import Any

CONNECTIONS = 32
"""Requests in flight of one process."""
CONNECT_SECONDS, READ_SECONDS = 5, 60


@cache
def client() -> Any:
    """One client for the process, safe for threads. It tries each call once: `faults.retried` is the policy."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        config=Config(
            max_pool_connections=CONNECTIONS,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1, "mode": "standard"},
            tcp_keepalive=True,
        ),
    )
