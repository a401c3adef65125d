"""How long a test is: short by default, as long as its claim says with KEYSTONE_SOAK=1, a share of that in between."""

from __future__ import annotations

import os

SHARE = float(os.environ.get("KEYSTONE_SOAK", "0"))


def times(short: int, long: int) -> int:
    """How often, or how many seconds: never less than the short form."""
    return max(short, round(long * SHARE))
