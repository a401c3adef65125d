"""Names a file that is no comma-separated text for what it is, so that whoever sent it knows what to do."""

from __future__ import annotations

import re

from keystone_nexus.lake.errors import Refused

BEGINNINGS: dict[bytes, str] = {
    b"PK\3\4": "is a zip archive or an Excel workbook, whatever its name says: save the sheet as CSV, or name it .zip",
    b"\x1f\x8b": "is compressed by gzip: name it .csv.gz, or unpack it once where it is packed twice",
    b"\xd0\xcf\x11\xe0": "is an Excel workbook (.xls): save the sheet as CSV",
    b"PAR1": "is a Parquet file: export it as CSV",
    b"%PDF": "is a PDF: export the table as CSV",
    b"BZh": "is compressed by bzip2: unpack it",
    b"\xfd7zXZ": "is compressed by xz: unpack it",
    b"\x28\xb5\x2f\xfd": "is compressed by zstd: unpack it",
    b"\xff\xfe\0\0": "is UTF-32: save it as UTF-8",
    b"\0\0\xfe\xff": "is UTF-32: save it as UTF-8",
    b"\xff\xfe": "is UTF-16: save it as UTF-8",
    b"\xfe\xff": "is UTF-16: save it as UTF-8",
}
"""What a file begins with -> what that is, and what to do."""
SEPARATOR = re.compile(rb'"?sep=(?P<mark>.?)"?\r?(?:\n|$)', re.IGNORECASE)
BOM = b"\xef\xbb\xbf"


def check_format(name: str, head: bytes) -> None:
    """Raises Refused for bytes that begin like something else. `head` is the file's beginning, or all of it."""
    for beginning, what in BEGINNINGS.items():
        if head.startswith(beginning):
            raise Refused(f"{name} {what}")
    text = head.removeprefix(BOM)
    if separator := SEPARATOR.match(text):
        mark = separator["mark"].decode("utf-8", "replace")
        rest = "" if mark == "," else ", and export it with ',' as the separator"
        raise Refused(f"{name} begins with `sep={mark}`, a line for Excel alone: take it out{rest}")
    if len(head) >= 4 and (not any(head[1:40:2]) or not any(head[0:40:2])):
        raise Refused(f"{name} is UTF-16 without its mark: save it as UTF-8")
    start = text.lstrip()
    if start.startswith(b"<"):
        raise Refused(f"{name} is HTML or XML, perhaps a page that asks to log in: download the CSV again")
    if start.startswith((b"{", b"[")):
        raise Refused(f"{name} is JSON: export it as CSV")
    if head and not text:
        raise Refused(f"{name} is empty but for a byte order mark: deliver it again, or a header alone for no rows")
    if text and not start:
        raise Refused(f"{name} has blank lines alone: deliver it again, or a header alone for no rows")
    if text.startswith((b"\n", b"\r\n")):
        raise Refused(f"{name} begins with a blank line: its first line must be the header")
    lines = text.rstrip(b"\r\n")
    if b"\r" in lines and b"\n" not in lines:
        raise Refused(f"{name} ends its lines with CR alone, as old Macs did: save it with LF or CRLF")


def separator_of(line: bytes) -> str | None:
    """What seems to separate the fields of a line that has no comma, for people; None where nothing does."""
    names = {b";": "`;`", b"\t": "tabs", b"|": "`|`"}
    found = [text for mark, text in names.items() if mark in line]
    return found[0] if found and b"," not in line else None
