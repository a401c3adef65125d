"""The structure of CSV bytes against a reader that goes through them one by one, however they are cut into blocks."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keystone_nexus.lake.errors import Refused
from keystone_nexus.source.structure import count_fields, find_records, scan_record
from tests.helpers import Row, read_records

COLUMNS = 2
PIECES = [
    b"a",
    b",",
    b'"',
    b"\r",
    b"\n",
    b"\0",
    b"\xff",
    b"\xc3",
    "ã".encode(),
    b'","',
    b'"\n',
    b"\r\n",
    b"a,a\n",
    b'""',
]
BYTES = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)
BLOCKS = st.sampled_from([1, 2, 3, 5, 8, 13, 64])


class OpenQuote(Exception):
    """The bytes end inside a quoted field."""


def one_by_one(data: bytes) -> list[Row]:
    """The records of CSV bytes without a header, as semantics.md has them."""
    found: list[Row] = []
    at = 0
    while at < len(data):
        start, fields, broken, ended = at, [], None, False
        while not ended:
            field = b""
            if data[at : at + 1] == b'"':
                at += 1
                while True:
                    if at >= len(data):
                        raise OpenQuote
                    if data[at : at + 2] == b'""':
                        field += b'"'
                        at += 2
                    elif data[at : at + 1] == b'"':
                        at += 1
                        break
                    else:
                        field += data[at : at + 1]
                        at += 1
                if data[at:] == b"\r" or data[at : at + 2] == b"\r\n":
                    at += 1
                if at < len(data) and data[at : at + 1] not in (b",", b"\n"):
                    broken = "quote"
                    while at < len(data) and data[at : at + 1] != b"\n":
                        at += 1
            else:
                while at < len(data) and data[at : at + 1] not in (b",", b"\n"):
                    field += data[at : at + 1]
                    at += 1
                if data[at : at + 1] != b"," and field.endswith(b"\r"):
                    field = field[:-1]
            fields.append(field)
            ended = data[at : at + 1] != b","
            if not ended:
                at += 1
        raw = data[start:at]
        at += 1
        if raw.endswith(b"\r"):
            raw = raw[:-1]
        if raw:
            found.append(judged(raw, fields, broken))
    return found


def judged(raw: bytes, fields: list[bytes], broken: str | None) -> Row:
    if broken is None:
        try:
            raw.decode()
        except UnicodeDecodeError:
            broken = "encoding"
        if b"\0" in raw:
            broken = "encoding"
    if broken is None and len(fields) != COLUMNS:
        broken = "ragged"
    if broken is None:
        return tuple(field.decode() for field in fields), None, None
    return None, raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00"), broken


@settings(max_examples=1500, deadline=None)
@given(BYTES, BLOCKS)
@example(b"a,a\na\ra\n", 64)
@example(b'"a","a"', 1)
@example(b'"a\n\xff","a"a\na\n', 3)
@example(b'"\xff"\n', 64)
def test_every_byte_string_is_read_as_one_by_one(data: bytes, block: int) -> None:
    try:
        wanted = one_by_one(data)
    except OpenQuote:
        with pytest.raises(Refused, match="opens a quote that is never closed"):
            read_records(b"x,y\n" + data, block)
        return
    header, found = read_records(b"x,y\n" + data, block)
    assert header == ["x", "y"]
    assert found == wanted


@settings(max_examples=300, deadline=None)
@given(BYTES)
def test_the_passes_find_the_records_that_the_scan_finds(data: bytes) -> None:
    found = find_records(data)
    at = 0
    for start, end, fields in zip(found.starts, found.ends, count_fields(data, found), strict=True):
        record = scan_record(data, at, final=True)
        assert record is not None
        assert (at, record.end, record.broken) == (start, end, None)
        assert len(record.fields) == fields
        at = record.end + 1
    assert at == found.stop
    assert found.lines == data[: found.stop].count(b"\n")


TEXT = st.text(st.sampled_from(list("ab,\"\r\n ãç€𝄞;\t\\'")), max_size=8)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(TEXT, TEXT), max_size=8),
    st.sampled_from([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)]),
    BLOCKS,
)
def test_what_a_csv_writer_wrote_is_read_back(
    written: list[tuple[str, str]], style: tuple[str, int], block: int
) -> None:
    newline, quoting = style
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=newline, quoting=quoting)
    writer.writerows([("x", "y"), *written])
    header, found = read_records(text.getvalue().encode(), block)
    assert header == ["x", "y"]
    assert found == [(row, None, None) for row in written]
