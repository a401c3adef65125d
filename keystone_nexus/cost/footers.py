"""How many bytes a query reads, from the footers of the Parquet files alone.

A query reads the column chunks of the columns that it names, in every row group of the files that are left when
partitions are pruned. Athena bills these bytes, compressed as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from keystone_nexus.cost.prices import price
from keystone_nexus.cost.scanned import scan_usd

ROWS_ONLY = 8
"""Bytes of a footer's own figures: what a query that counts rows reads of a file."""


@dataclass(slots=True)
class Relation:
    """The files of one table: how many there are, and the compressed bytes of each column."""

    files: int = 0
    columns: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def bytes(self) -> int:
        return sum(self.columns.values())

    def bytes_of(self, used: Iterable[str] | None) -> int:
        """Of the columns used; None is all of them."""
        return self.bytes if used is None else sum(self.columns.get(name.lower(), 0) for name in used)


@dataclass(frozen=True, slots=True)
class QueryCost:
    """One query: what it reads, and what each part of it costs once."""

    name: str
    relations: tuple[str, ...]
    bytes: int
    files: int
    athena_usd: Decimal
    requests_usd: Decimal

    @property
    def usd(self) -> Decimal:
        return self.athena_usd + self.requests_usd


def read_relation(files: Iterable[Path]) -> Relation:
    """Sums the footers of a table's files."""
    from pyarrow.parquet import read_metadata

    found = Relation()
    for path in files:
        found.files += 1
        footer = read_metadata(path)
        for group in range(footer.num_row_groups):
            chunks = footer.row_group(group)
            for number in range(chunks.num_columns):
                chunk = chunks.column(number)
                top = chunk.path_in_schema.partition(".")[0].lower()
                found.columns[top] = found.columns.get(top, 0) + chunk.total_compressed_size
    return found


def cost_of(name: str, used: Mapping[str, set[str] | None], known: Mapping[str, Relation]) -> QueryCost:
    """What a query costs that reads these columns of these relations, once.

    Requests: a GET for the footer and one for about every second column of a file, and a LIST for each thousand files.
    """
    read = {relation: known[relation] for relation in used if relation in known}
    scanned = sum(relation.bytes_of(used[key]) for key, relation in read.items())
    gets, lists = Decimal(0), 0
    for key, relation in read.items():
        columns = len(relation.columns) if used[key] is None else len(used[key] or ())
        gets += relation.files * (Decimal(columns) / 2 + 2)
        lists += -(-relation.files // 1000)
    return QueryCost(
        name,
        tuple(sorted(read)),
        scanned,
        sum(relation.files for relation in read.values()),
        scan_usd(scanned),
        (gets * price("s3_get_1000") + lists * price("s3_put_1000")) / 1000,
    )
