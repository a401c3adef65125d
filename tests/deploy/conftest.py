"""What the tests of the deployment share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy.postgres import Server, binaries, running_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real server. Skips where the system has no PostgreSQL to start."""
    if binaries() is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql (`make postgres` does it as root)")
    with running_server() as server:
        yield server
