"""What the ledger promises of the stream: every partition landed without gap or overlap, every record counted."""

from __future__ import annotations

from collections.abc import Iterator

from keystone_nexus.lake.ledger import Ledger


def broken_ranges(ledger: Ledger) -> list[str]:
    """Every breach as a sentence. Ranges that lost a race count for nothing and are no breach."""
    return [*_order(ledger), *_counts(ledger)]


def _order(ledger: Ledger) -> Iterator[str]:
    ends: dict[tuple[str, str, str, int], int] = {}
    for entry, one in ledger.ranges:
        end = ends.get(one.stream, one.first)
        if one.first != end and not one.resume:
            yield f"entry {entry.number}: {one.topic}/{one.partition} goes on at {one.first:,}, it ended at {end:,}"
        ends[one.stream] = one.end


def _counts(ledger: Ledger) -> Iterator[str]:
    for entry, one in ledger.ranges:
        where = f"entry {entry.number}: {one.topic}/{one.partition} from {one.first:,}"
        if one.rows > one.end - one.first:
            yield f"{where} has {one.rows:,} records in {one.end - one.first:,} offsets"
        if one.poison > one.rows:
            yield f"{where} has {one.poison:,} poison records of {one.rows:,}"
        if bool(one.rows) != bool(one.object):
            yield f"{where} has {one.rows:,} records and {'an' if one.object else 'no'} object"
