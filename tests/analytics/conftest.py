"""What tests of pages share."""

from __future__ import annotations

from pathlib import Path

import pytest

from keystone_nexus.analytics.gold import Gold, gold_of
from keystone_nexus.lake.lake import Lake

HOSTILE = "</script><script>alert(1)</script>"
"""A category that means harm."""


@pytest.fixture(scope="session")
def gold(built_lake: Path) -> Gold:
    return gold_of(Lake(built_lake))
