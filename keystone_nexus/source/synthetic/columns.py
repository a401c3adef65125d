"""From numbers to columns of a CSV: identifiers, money, times."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from keystone_nexus.source.synthetic.draw import Bits, Bools, Draw, Ints

NULL = np.iinfo(np.int64).min
"""No time. It is numpy's NaT, so it survives comparisons with later times as the earliest of all."""

QUOTED = 34
"""Bytes of an identifier with its quotes."""
_HEX = np.frombuffer("".join(f"{b:02x}" for b in range(256)).encode(), dtype="<u2")


def hexes(draw: Draw, kind: str, n: Ints) -> pl.Series:
    """Identifiers: 32 lower-case hexadecimal digits in quotes, one to one with n within a kind."""
    return quoted(draw.bits(f"{kind}/id", n), draw.bits(f"{kind}/id tail", n))


def rising(draw: Draw, kind: str, n: Ints, size: int) -> pl.Series:
    """Identifiers that rise with n, for a file that is sorted by them, and spread over their whole range."""
    step = np.uint64((2**64 - 1) // size)
    high = n.view(np.uint64) * step + draw.bits(f"{kind}/id", n) % step
    return quoted(high, draw.bits(f"{kind}/id tail", n))


def quoted(high: Bits, low: Bits) -> pl.Series:
    """The hexadecimal digits of (high, low), as they stand in a CSV."""
    numbers = np.stack([high, low], axis=1).astype(">u8")
    text = np.full((high.size, QUOTED), ord('"'), dtype=np.uint8)
    text[:, 1:-1] = _HEX[numbers.view(np.uint8)].view(np.uint8).reshape(high.size, 32)
    offsets = np.arange(high.size + 1, dtype=np.int64) * QUOTED
    array = pa.LargeStringArray.from_buffers(high.size, pa.py_buffer(offsets), pa.py_buffer(text))
    return pl.Series(array)


def money(cents: Ints) -> pl.Series:
    """Whole cents as a decimal with exactly two places; no float is involved."""
    wide = np.stack([cents, cents >> 63], axis=1)  # 128 bits, low half first
    array = pa.Array.from_buffers(pa.decimal128(14, 2), cents.size, [None, pa.py_buffer(wide)])
    return pl.Series(array)


def times(seconds: Ints) -> pl.Series:
    """Seconds since 1970 as times of day; `NULL` is null."""
    series = pl.Series(np.where(seconds == NULL, 0, seconds * 1000)).cast(pl.Datetime("ms"))
    return blank(series, seconds == NULL)


def nullable(values: Ints, empty: Bools) -> pl.Series:
    """Whole numbers, null where `empty`."""
    return blank(pl.Series(values), empty)


def blank(series: pl.Series, empty: Bools) -> pl.Series:
    """The series with nulls where `empty`."""
    if not empty.any():
        return series
    return series.zip_with(pl.Series(~empty), pl.Series([None], dtype=series.dtype))
