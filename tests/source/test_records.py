"""Each kind of broken CSV: refused with its place, or a record with its text and what broke it, or read exactly."""

from __future__ import annotations

import pytest

from keystone_nexus.lake.errors import Refused
from keystone_nexus.source.records import MAX_FIELD
from tests.helpers import Row, read_records

SOUND: Row = (("1", "2"), None, None)


def broken(text: str, kind: str) -> Row:
    return None, text, kind


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (b"1", broken("1", "ragged")),
        (b"1,2,3", broken("1,2,3", "ragged")),
        (b'"1,2"', broken('"1,2"', "ragged")),
        (b"1\r,2,3", broken("1\r,2,3", "ragged")),
        (b"\xe9,2", broken(r"\xe9,2", "encoding")),
        (b"\xc3,2", broken(r"\xc3,2", "encoding")),
        (b"\xed\xa0\x80,2", broken(r"\xed\xa0\x80,2", "encoding")),
        (b"1\x00,2", broken(r"1\x00,2", "encoding")),
        (b'"\xff\n",2', broken('"\\xff\n",2', "encoding")),
        (b"\xff", broken(r"\xff", "encoding")),
        (b'"\xff"', broken(r'"\xff"', "encoding")),
        (b'"1"x,2', broken('"1"x,2', "quote")),
        (b'"1" ,2', broken('"1" ,2', "quote")),
        (b'"1"\r,2', broken('"1"\r,2', "quote")),
        (b'"1"\xff,2', broken(r'"1"\xff,2', "quote")),
        (b'1,"2"x"', broken('1,"2"x"', "quote")),
        (b'1"x,2', (('1"x', "2"), None, None)),
        (b'1,2"', (("1", '2"'), None, None)),
        (b' "1",2', ((' "1"', "2"), None, None)),
        (b'"a,b\r\nc ""d""",2', (('a,b\r\nc "d"', "2"), None, None)),
        (b'"",""', (("", ""), None, None)),
        (b",", (("", ""), None, None)),
        (b"1\r2,3", (("1\r2", "3"), None, None)),
        (b"NULL,NA", (("NULL", "NA"), None, None)),
        (b"\xef\xbb\xbf1,2", (("\ufeff1", "2"), None, None)),
        (b"1;2", broken("1;2", "ragged")),
    ],
)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_record_is_read_or_named(record: bytes, found: Row, newline: bytes) -> None:
    data = newline.join([b"x,y", b"1,2", record, b"1,2", record])
    for block in (1, 7, 1 << 20):
        assert read_records(data, block)[1] == [SOUND, found, SOUND, found]


@pytest.mark.parametrize(
    "header",
    [
        b"x,y\n",
        b"x,y\r\n",
        b"\xef\xbb\xbfx,y\n",
        b'"x","y"\n',
        b'\xef\xbb\xbf"x","y"\r\n',
        b"x,y",
        b'"x","y"',
        b"x,y\r",
    ],
)
@pytest.mark.parametrize("block", [1, 3, 64])
def test_a_header_alone_is_no_rows(header: bytes, block: int) -> None:
    assert read_records(header, block) == (["x", "y"], [])


def test_blank_lines_are_no_records() -> None:
    assert read_records(b"x,y\n\n1,2\n\r\n\n1,2\n\n\n")[1] == [SOUND, SOUND]
    assert read_records(b'x,y\n\n"1",2\n\r\n\n1"\n\n\n')[1] == [SOUND, broken('1"', "ragged")]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"\xff\xfex\x00,\x00", "UTF-16"),
        (b"\xe9,y\n1,2\n", "not UTF-8"),
        (b"x\x00,y\n1,2\n", "not UTF-8"),
        (b'"x"a,y\n1,2\n', "no CSV header"),
        (b'"x,y\n1,2\n', "no CSV header"),
        (b"a" * 100_000, "no CSV header"),
        (b'x,y\n1,2\n"1,2\n1,2\n', r"record 2 \(line 3\) opens a quote that is never closed"),
        (b'x,y\n"1\n2",2\n1,"', r"record 2 \(line 4\) opens a quote that is never closed"),
        (b'x,y\n1,"2""', r"record 1 \(line 2\) opens a quote that is never closed"),
    ],
)
@pytest.mark.parametrize("block", [1, 5, 1 << 20])
def test_what_cannot_be_read_is_refused_with_its_place(data: bytes, why: str, block: int) -> None:
    with pytest.raises(Refused, match=f"^x.csv.*{why}"):
        read_records(data, block)


@pytest.mark.parametrize("size", [MAX_FIELD // 2 + 1, MAX_FIELD - 1, MAX_FIELD])
@pytest.mark.parametrize("quoted", [True, False])
def test_a_field_may_hold_16_mib(size: int, quoted: bool) -> None:
    quote = b'"' if quoted else b""
    data = b"x,y\n" + b"1,2\n" * 1000 + b"1," + quote + b"z" * size + quote + b"\n1,2\n"
    found = read_records(data, 16 << 20)[1]
    assert found.pop(1000) == (("1", "z" * size), None, None)
    assert found == [SOUND] * 1001


def test_a_field_without_end_is_refused_before_it_fills_the_memory() -> None:
    class Endless:
        given = 0

        def read(self, size: int) -> bytes:
            self.given += size
            return b'x,y\n1,"' if self.given == size else b"z" * size

    from keystone_nexus.source.records import RecordReader

    stream = Endless()
    with pytest.raises(Refused, match=r"record 1 \(line 2\) has a field of more than 16 MiB"):
        list(RecordReader(stream, "x.csv", 4 << 20).batches())
    assert stream.given < 64 << 20


def test_misplaced_quotes_everywhere() -> None:
    """Each is found where it is, also at the size at which searching from every quote anew would take minutes."""
    data = b"x,y\n" + b'5" pipe,2\n"5" pipe",2\n' * 50_000
    found = read_records(data, 16 << 20)[1]
    assert found == [(('5" pipe', "2"), None, None), broken('"5" pipe",2', "quote")] * 50_000
