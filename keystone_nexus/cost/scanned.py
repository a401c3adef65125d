"""What a statement of Athena costs: the bytes that it reads, and 10 MB at least."""

from __future__ import annotations

from decimal import Decimal

from keystone_nexus.cost.prices import price

LEAST_BILLED = 10_000_000
TB = Decimal(10**12)


def scan_usd(scanned: int) -> Decimal:
    """US dollars of one statement that reads so many bytes."""
    return Decimal(max(LEAST_BILLED, scanned)) / TB * price("athena_tb_scanned")
