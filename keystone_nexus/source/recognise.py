"""Which table a CSV file holds: known by its header; its name breaks ties and names what is missing."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from keystone_nexus.contracts.catalog import tables
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.sql import folded
from keystone_nexus.source.formats import separator_of

RESERVED = ("_source_object", "_source_row", "_raw", "_broken")
"""Columns that bronze adds."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file's table and the columns that its contract does not know."""

    table: str
    extra_columns: list[str]


def recognise(name: str, header: list[str]) -> Recognised:
    """The table of a file. Raises Refused for an unknown file, and for a missing, renamed or doubled column."""
    _check_names(name, header)
    complete = [t for t in tables() if set(tables()[t].source_columns) <= set(header)]
    hinted = table_of_name(name)
    if complete:
        table = complete[0] if len(complete) == 1 else hinted
        if table not in complete:
            raise Refused(
                f"{name}: the header fits several tables ({', '.join(complete)}): name the file after one of them"
            )
        known = set(tables()[table].source_columns)
        return Recognised(table, [column for column in header if column not in known])
    raise Refused(_why_unknown(name, header, hinted or _closest(header)))


def _check_names(name: str, header: list[str]) -> None:
    """SQL must be able to tell the columns apart, from each other and from those of bronze: it ignores case."""
    counts = Counter(folded(column) for column in header)
    doubled = [column for column in dict.fromkeys(header) if counts[folded(column)] > 1]
    if doubled and any(doubled):
        raise Refused(f"{name}: the header has {_quoted(doubled)} more than once: keep one of each")
    if len(header) > 1 and "" in header:
        raise Refused(f"{name}: column {header.index('') + 1} has no name: give it one or take it out")
    reserved = [column for column in header if folded(column) in RESERVED]
    if reserved:
        raise Refused(f"{name}: the lake uses the column {_quoted(reserved)} itself: give it another name")


def table_of_name(name: str) -> str | None:
    """The table that a file's name points to: `olist_orders_dataset.csv`, `orders.csv`, `orders-2018-05-03.csv`."""
    bare = name.rpartition("/")[2].lower().removesuffix(".gz").rpartition(".")[0]
    stem = re.sub(r"[^a-z]+", "_", bare).strip("_")
    stem = stem.removeprefix("olist_")
    if stem.startswith("product_category_name_translation"):
        return "product_category_translation"
    fitting = [t for t in tables() if stem == t or stem.startswith(f"{t}_")]
    return max(fitting, key=len, default=None)


def _closest(header: list[str]) -> str | None:
    """The table of which the header has at least half of the columns."""
    shares = {t: len(set(spec.source_columns) & set(header)) / len(spec.source_columns) for t, spec in tables().items()}
    best = max(shares, key=lambda t: shares[t])
    return best if shares[best] >= 0.5 else None


def _why_unknown(name: str, header: list[str], table: str | None) -> str:
    if len(header) == 1 and (mark := separator_of(header[0].encode())):
        return f"{name}: the columns are not separated by commas but by {mark}: export it with ',' as the separator"
    if table is None:
        return f"{name}: neither header nor name is one of the nine Olist tables: take it out of the drop"
    columns = tables()[table].source_columns
    missing = [column for column in columns if column not in header]
    unknown = [column for column in header if column not in columns]
    renamed = f"; renamed? it has {_quoted(unknown)}, which {table} does not know" if unknown else ""
    return f"{name}: {table} lacks the column{'s' * (len(missing) > 1)} {_quoted(missing)}{renamed}"


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
