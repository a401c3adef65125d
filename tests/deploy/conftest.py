"""What the tests of the deployment share."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.deploy.postgres import Server, binaries, free_port, running_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real server. Skips where the system has no PostgreSQL to start."""
    if binaries() is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql (`make postgres` does it as root)")
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """An S3 double with the bucket for logs."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=url, **keys).create_bucket(Bucket="keystone-logs")
    yield url
    server.stop()
