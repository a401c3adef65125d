"""Reads of S3 answered from moto's own objects: its way through Flask takes a plan of thousands of them many times longer.

Only what Trino and the lake ask all day: an object or a range of it, the keys below a prefix. Heads,
versions, conditions, pages and errors stay moto's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from moto.s3.models import FakeDeleteMarker, FakeKey, s3_backends

from tests.athena.double.trino import ACCOUNT

Application = Callable[..., Iterable[bytes]]
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
PLAIN_LIST = {"list-type", "prefix", "max-keys"}
PAGE = 1000
ENTRY = (
    "<Contents><Key>{key}</Key><LastModified>{modified}</LastModified><ETag>{etag}</ETag><Size>{size}</Size>"
    "<StorageClass>STANDARD</StorageClass></Contents>"
)


class Reads:
    """Answers plain reads, and passes on everything else."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = _answer(environ) if environ["REQUEST_METHOD"] == "GET" else None
        if answer is None:
            return self._application(environ, start_response)
        status, headers, body = answer
        start_response(status, [*headers.items(), ("Content-Length", str(len(body)))])
        return [body]


def _answer(environ: dict[str, Any]) -> tuple[str, dict[str, str], bytes] | None:
    name, _, key = unquote(environ["PATH_INFO"]).lstrip("/").partition("/")
    bucket = s3_backends[ACCOUNT]["aws"].buckets.get(name)
    if bucket is None or environ.get("HTTP_IF_MATCH") or environ.get("HTTP_IF_NONE_MATCH"):
        return None
    if not key:
        return _listed(bucket, name, parse_qs(environ.get("QUERY_STRING", "")))
    found = None if environ.get("QUERY_STRING") else bucket.keys.get(key)
    return _object(found, environ) if isinstance(found, FakeKey) else None


def _object(found: FakeKey, environ: dict[str, Any]) -> tuple[str, dict[str, str], bytes] | None:
    headers = {**found.metadata, **found.response_dict, "Accept-Ranges": "bytes"}
    headers = {name: value for name, value in headers.items() if name.lower() != "content-length"}
    body = found.value
    if "HTTP_RANGE" not in environ:
        return "200 OK", headers, body
    asked = RANGE.fullmatch(environ["HTTP_RANGE"])
    if asked is None:
        return None
    first, last = asked.groups()
    begin = int(first) if first else max(0, len(body) - int(last))
    end = min(int(last), len(body) - 1) if first and last else len(body) - 1
    if begin > end:
        return None
    return "206 Partial Content", headers | {"Content-Range": f"bytes {begin}-{end}/{len(body)}"}, body[begin : end + 1]


def _listed(bucket: Any, name: str, asked: dict[str, list[str]]) -> tuple[str, dict[str, str], bytes] | None:
    if "list-type" not in asked or not asked.keys() <= PLAIN_LIST:
        return None
    prefix = asked.get("prefix", [""])[0]
    keys = sorted(key for key in list(dict.keys(bucket.keys)) if key.startswith(prefix))
    found = [one for key in keys if not isinstance(one := bucket.keys.get(key), FakeDeleteMarker)]
    if len(found) > min(PAGE, int(asked.get("max-keys", [str(PAGE)])[0])):
        return None
    entries = "".join(
        ENTRY.format(key=escape(o.name), modified=o.last_modified_ISO8601, etag=escape(o.etag), size=o.size)
        for o in found
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>{name}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(found)}</KeyCount><MaxKeys>{PAGE}</MaxKeys>"
        f"<IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
    )
    return "200 OK", {"Content-Type": "application/xml"}, body.encode()
