"""From the bytes of a CSV file to Arrow tables of text, block by block, with every record accounted for.

Clean stretches go to Arrow's reader at once; only records that are broken or odd are looked at one by one. A
record that is none keeps its number and its bytes: columns null, `_raw` its text, `_broken` why
(ragged, encoding, quote, or header: the file's header once more, where files were joined by hand).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from pyarrow import compute, csv

from keystone_nexus.lake.errors import Refused
from keystone_nexus.source.formats import BOM, check_format, separator_of
from keystone_nexus.source.structure import NEWLINE, RETURN, Record, Structure, count_fields, find_records, scan_record

BLOCK = 16 << 20
"""Bytes read at once: some 100,000 records, small enough that many times the memory can be read."""
MAX_FIELD = 16 << 20
MAX_HEADER = 64 << 10
MARK = BOM.decode()
BLANK = (b"", b"\r")
"""Lines between records that are none, and are not counted."""
SUSPECT_BLOCK = 64 << 10
"""From a misplaced quote on this much is read record by record, so that many of them do not cost a block each."""


arrow: Any = compute
"""Arrow's functions are made when it is imported, and have no types."""


class Reader(Protocol):
    """Where the bytes of a file come from."""

    def read(self, size: int, /) -> bytes: ...


class RecordReader:
    """Reads one CSV file. `header` is known at once, `batches` yields the rest in order."""

    def __init__(self, stream: Reader, name: str, block: int = BLOCK) -> None:
        self._stream = stream
        self._name = name
        self._block = block
        self._buffer = b""
        self._final = False
        self._window = block
        self.rows = 0
        self._line = 1
        self.header = self._read_header()
        name = self.header[0]
        # A file that was joined to another brings its mark, behind which a quote is a letter like any other.
        self._first_names = [name, MARK + name, f'{MARK}"{name}"']
        self.schema = pa.schema(
            [(c, pa.string()) for c in self.header]
            + [("_source_row", pa.uint32()), ("_raw", pa.string()), ("_broken", pa.string())]
        )

    def batches(self) -> Iterator[pa.Table]:
        """Tables with the header's columns as text, `_source_row` (from 1), `_raw`, `_broken`."""
        while self._buffer or not self._final:
            if not self._final and len(self._buffer) < self._window:
                self._fill()
            yield from self._advance()

    def _fill(self) -> None:
        chunk = self._stream.read(self._block)
        if not chunk:
            self._final = True
            if self._buffer and not self._buffer.endswith(b"\n"):
                self._buffer += b"\n"
        self._buffer += chunk

    def _advance(self) -> Iterator[pa.Table]:
        """Consumes what can be judged of the buffer's first window."""
        whole = self._window >= len(self._buffer)
        window = self._buffer if whole else self._buffer[: self._window]
        found = find_records(window)
        if found.stop:
            yield from self._clean(window, found)
            self._consume(found.stop, found.lines)
            self._window = min(self._window * 4, self._block)
        elif not found.suspect and not (whole and self._final):
            self._grow()
            return
        if found.suspect or (self._final and whole and self._buffer):
            yield from self._odd_records()

    def _grow(self) -> None:
        """One record fills the window: look further, within what a field may hold."""
        if len(self._buffer) > self._window:
            self._window = min(self._window * 4, max(self._block, len(self._buffer)))
            return
        self._check_field()
        self._window = max(self._window, len(self._buffer)) + self._block
        self._fill()

    def _odd_records(self) -> Iterator[pa.Table]:
        """A stretch with a misplaced quote, read character by character."""
        record = scan_record(self._buffer, 0, self._final)
        while record is None and not self._final:
            self._check_field()
            self._fill()
            record = scan_record(self._buffer, 0, self._final)
        if record is None:
            raise Refused(
                f"{self._name}: record {self.rows + 1} (line {self._line}) opens a quote that is never closed: "
                "close it and deliver the file again"
            )
        rows: list[list[object]] = []
        at, stretch = 0, min(SUSPECT_BLOCK, self._block)
        while record is not None:
            raw = self._buffer[at : record.end]
            if raw not in BLANK:
                rows.append(self._row(raw, record, len(rows)))
            at = record.end + 1
            record = scan_record(self._buffer, at, self._final) if at < min(stretch, len(self._buffer)) else None
        yield self._table(rows)
        self.rows += len(rows)
        self._consume(at, self._buffer.count(b"\n", 0, at))
        self._window = stretch

    def _check_field(self) -> None:
        if len(self._buffer) > MAX_FIELD + self._block:
            raise Refused(
                f"{self._name}: record {self.rows + 1} (line {self._line}) has a field of more than "
                f"{MAX_FIELD >> 20} MiB: is a quote left open?"
            )

    def _consume(self, size: int, lines: int) -> None:
        self._line += lines
        self._buffer = self._buffer[size:]

    def _clean(self, window: bytes, found: Structure) -> Iterator[pa.Table]:
        """The records of a stretch without misplaced quotes; ragged and unreadable ones are taken out.

        Arrow sees by itself whether a record is ragged: fields are only counted where it did.
        """
        span = window[: found.stop]
        bad = _unreadable(span, found)
        blank = _blank_records(window, found)
        longest = int((found.ends - found.starts).max()) + 1
        if not bad and not blank.size:
            table = self._parse(span, len(found.ends), longest)
            headers = self._headers(table) if table is not None else []
            if headers:
                bad = dict.fromkeys(headers, "header")
            elif table is not None:
                yield self._numbered(table, np.arange(len(found.ends)))
                self.rows += len(found.ends)
                return
        ragged = dict.fromkeys(np.flatnonzero(count_fields(window, found) != len(self.header)).tolist(), "ragged")
        bad = ragged | {record: kind for record, kind in bad.items() if kind or record not in ragged}
        if not bad and not blank.size:
            bad = dict.fromkeys(range(len(found.ends)), "")
        yield self._with_exceptions(window, found, bad, set(blank.tolist()), longest)

    def _with_exceptions(
        self, window: bytes, found: Structure, bad: dict[int, str], blank: set[int], longest: int
    ) -> pa.Table:
        """Parses the sound stretches between the exceptions, then puts all records back in order."""
        spans = [(int(found.starts[i]), int(found.ends[i])) for i in sorted(bad.keys() | blank)]
        sound, at = [], 0
        for start, end in spans:
            sound.append(window[at:start])
            at = end + 1
        sound.append(window[at : found.stop])
        numbers = np.delete(np.arange(len(found.ends)), sorted(bad.keys() | blank))
        numbers_of = np.cumsum(~np.isin(np.arange(len(found.ends)), sorted(blank))) - 1
        tables: list[pa.Table] = []
        if numbers.size:
            table = self._parse(b"".join(sound), numbers.size, longest)
            if table is None:
                raise Refused(f"{self._name}: the records after line {self._line} cannot be read as CSV")
            if headers := self._headers(table):
                more = {int(numbers[i]): "header" for i in headers}
                return self._with_exceptions(window, found, bad | more, blank, longest)
            tables.append(self._numbered(table, numbers_of[numbers]))
        rows: list[list[object]] = []
        for i in sorted(bad.keys() - blank):
            start, end = int(found.starts[i]), int(found.ends[i])
            record = Record(end, [], bad[i]) if bad[i] else scan_record(window[start : end + 1], 0, final=True)
            assert record is not None, "a record without misplaced quotes can be scanned"
            rows.append(self._row(window[start:end], record, int(numbers_of[i])))
        tables.append(self._table(rows))
        self.rows += len(found.ends) - len(blank)
        return pa.concat_tables(tables).sort_by("_source_row")

    def _row(self, raw: bytes, record: Record, offset: int) -> list[object]:
        broken = record.broken
        if broken is None and _undecodable(raw):
            broken = "encoding"
        if broken is None and len(record.fields) != len(self.header):
            broken = "ragged"
        if broken is None and self._is_header([field.decode() for field in record.fields]):
            broken = "header"
        text = None if broken is None else readable(raw.removesuffix(b"\r"))
        values = [None] * len(self.header) if broken else [field.decode() for field in record.fields]
        return [*values, self.rows + offset + 1, text, broken]

    def _is_header(self, fields: list[str]) -> bool:
        return fields[0] in self._first_names and fields[1:] == self.header[1:]

    def _headers(self, table: pa.Table) -> list[int]:
        """The records of parsed text that repeat the header."""
        first = table.column(0)
        alike = arrow.is_in(first, pa.array(self._first_names))
        if not arrow.any(alike).as_py():
            return []
        for name, column in zip(self.header[1:], table.columns[1:], strict=True):
            alike = arrow.and_(alike, arrow.equal(column, name))
        return [int(i) for i in arrow.indices_nonzero(alike).to_pylist()]

    def _table(self, rows: list[list[object]]) -> pa.Table:
        columns = zip(*rows, strict=True) if rows else [()] * len(self.schema)
        return pa.table([list(column) for column in columns], schema=self.schema)

    def _numbered(self, table: pa.Table, offsets: np.ndarray) -> pa.Table:
        nulls = pa.nulls(table.num_rows, pa.string())
        numbers = pa.array((offsets + self.rows + 1).astype(np.uint32))
        return pa.table([*table.columns, numbers, nulls, nulls], schema=self.schema)

    def _parse(self, span: bytes, expected: int, longest: int) -> pa.Table | None:
        """The text columns of sound records, or None where Arrow counts other records than we do.

        Arrow refuses a record that is longer than its block: `longest` is the longest record's size.
        """
        if span.startswith(BOM):
            span = BOM + span  # Arrow takes one off, which here is part of a value
        try:
            table = self._read(span, longest)
        except pa.ArrowInvalid:
            return None
        return table if table.num_rows == expected else None

    def _read(self, span: bytes, longest: int) -> pa.Table:
        names = self.header
        return csv.read_csv(
            pa.BufferReader(span),
            read_options=csv.ReadOptions(column_names=names, block_size=max(4 << 20, len(span) // 2, longest)),
            parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )

    def _read_header(self) -> list[str]:
        while len(self._buffer) < len(BOM) and not self._final:
            self._fill()
        if not self._buffer:
            raise Refused(f"{self._name} is empty (0 bytes): deliver it again, or a header alone for no rows")
        while len(self._buffer) < MAX_HEADER and b"\n" not in self._buffer and not self._final:
            self._fill()
        check_format(self._name, self._buffer[:MAX_HEADER])
        self._buffer = self._buffer.removeprefix(BOM)
        record = scan_record(self._buffer, 0, self._final)
        while record is None and len(self._buffer) < MAX_HEADER and not self._final:
            self._fill()
            record = scan_record(self._buffer, 0, self._final)
        if record is None or record.broken or record.end > MAX_HEADER:
            mark = separator_of(self._buffer[:MAX_HEADER].partition(b"\n")[0])
            why = f"; its columns seem to be separated by {mark}: export it with ',' as the separator" if mark else ""
            raise Refused(f"{self._name}: the first line is no CSV header{why}")
        if _undecodable(self._buffer[: record.end]):
            raise Refused(f"{self._name}: the header is not UTF-8 text")
        names = [field.decode() for field in record.fields]
        self._consume(record.end + 1, self._buffer.count(b"\n", 0, record.end + 1))
        return names


def readable(raw: bytes) -> str:
    r"""Bytes as text for people: what is not UTF-8, and NUL, as `\xNN`."""
    return raw.decode("utf-8", "backslashreplace").replace("\0", r"\x00")


def _unreadable(span: bytes, found: Structure) -> dict[int, str]:
    """Record -> encoding, or "" for a sound record that Arrow would misread (a lone CR)."""
    bad: dict[int, str] = {}
    if b"\r" in span and span.count(b"\r") != span.count(b"\r\n"):
        data = np.frombuffer(span, np.uint8)
        lone = np.flatnonzero((data[:-1] == RETURN) & (data[1:] != NEWLINE))
        bad = dict.fromkeys(np.searchsorted(found.ends, lone).tolist(), "")
    for at in _undecodable(span):
        bad[int(np.searchsorted(found.ends, at))] = "encoding"
    return bad


def _undecodable(span: bytes) -> list[int]:
    """Positions of NULs and of bytes that are not UTF-8, at least one in each record that has any."""
    found: list[int] = []
    at = span.find(b"\0")
    while at >= 0:
        found.append(at)
        line = span.find(b"\n", at)
        at = span.find(b"\0", line) if line >= 0 else -1
    if span.isascii():
        return found
    at = 0
    while True:
        try:
            str(memoryview(span)[at:], "utf-8")
            return found
        except UnicodeDecodeError as error:
            found.append(at + error.start)
            line = span.find(b"\n", at + error.start)
            if line < 0:
                return found
            at = line + 1


def _blank_records(window: bytes, found: Structure) -> np.ndarray:
    """Records without a character: blank lines between records, which are none and are not counted."""
    lengths = found.ends - found.starts
    short = np.flatnonzero(lengths <= 1)
    data = np.frombuffer(window, np.uint8)
    return short[(lengths[short] == 0) | (data[found.starts[short]] == RETURN)]
