"""Calls on single objects of buckets, each under the one policy of retries, each fault a sentence."""

from __future__ import annotations

import mimetypes
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keystone_nexus.lake.aws import FAULTS
from keystone_nexus.lake.s3.client import client
from keystone_nexus.lake.s3.faults import absent, retried, taken, told

PART = 64 << 20
"""Bytes of a part of what is too large for one request."""
SINGLE = 100 << 20
"""Bytes up to which an object is written by one request."""
WRITER = "writer"
"""Metadata that says which call wrote an object: a retry then knows its own work."""


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket and a key in it."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class Found:
    """An object as it was read: its bytes and its version."""

    content: bytes
    etag: str


@contextmanager
def saying(doing: str, place: object) -> Iterator[None]:
    """Turns botocore's errors into sentences. What is absent is a FileNotFoundError."""
    try:
        yield
    except FAULTS as error:
        if absent(error):
            raise FileNotFoundError(2, "there is no such object", str(place)) from error
        raise told(error, doing, str(place)) from error


def listed(bucket: str, prefix: str) -> list[tuple[str, str]]:
    """Keys that begin with a prefix, with their ETags, sorted."""
    found: list[tuple[str, str]] = []
    token: dict[str, str] = {}
    with saying("listing", Place(bucket, prefix)):
        while True:
            page: Any = retried(lambda: client().list_objects_v2(Bucket=bucket, Prefix=prefix, **token))  # noqa: B023
            found += [(one["Key"], one["ETag"]) for one in page.get("Contents", [])]
            if not page.get("IsTruncated"):
                return found
            token = {"ContinuationToken": page["NextContinuationToken"]}


def exists(place: Place) -> bool:
    try:
        with saying("reading", place):
            retried(lambda: client().head_object(Bucket=place.bucket, Key=place.key))
    except FileNotFoundError:
        return False
    return True


def read(place: Place) -> Found:
    """An object whole, its checksum verified. Raises FileNotFoundError where there is none."""

    def call() -> Found:
        answer: Any = client().get_object(Bucket=place.bucket, Key=place.key, ChecksumMode="ENABLED")
        with closing(answer["Body"]) as body:
            content = body.read()
        return Found(content, answer["ETag"])

    with saying("reading", place):
        return retried(call)


def download(place: Place, target: Path) -> str:
    """Brings an object to a file. Returns its ETag. Raises FileNotFoundError where there is none."""

    def call() -> str:
        answer: Any = client().get_object(Bucket=place.bucket, Key=place.key, ChecksumMode="ENABLED")
        # Not `with body`: that gives the raw stream, which checks neither length nor checksum.
        with closing(answer["Body"]) as body, target.open("wb") as file:
            while chunk := body.read(1 << 20):
                file.write(chunk)
        return answer["ETag"]

    with saying("reading", place):
        return retried(call)


def put(place: Place, content: bytes | Path, condition: dict[str, str] | None = None) -> str | None:
    """Writes an object under a condition (`IfNoneMatch`, `IfMatch`), none: whatever is there.

    Returns its ETag, None where the condition did not hold.
    """
    mark = uuid.uuid4().hex
    tries = 0

    def call() -> str:
        nonlocal tries
        tries += 1
        if tries > 1 and (etag := _mine(place, mark)):
            return etag  # the answer was lost on its way, not the write
        if isinstance(content, Path) and content.stat().st_size > SINGLE:
            return _put_parts(place, content, mark, condition or {})
        return _put_whole(place, content, mark, condition or {})

    with saying("writing", place):
        try:
            return retried(call)
        except FAULTS as error:
            if not taken(error):
                raise
    return None


def _put_whole(place: Place, content: bytes | Path, mark: str, condition: dict[str, str]) -> str:
    body = content if isinstance(content, bytes) else content.read_bytes()
    answer: Any = client().put_object(
        Bucket=place.bucket, Key=place.key, Body=body, Metadata={WRITER: mark}, ContentType=_type(place), **condition
    )
    return answer["ETag"]


def _type(place: Place) -> str:
    """What a browser is told of an object."""
    return mimetypes.guess_type(place.key)[0] or "application/octet-stream"


def _put_parts(place: Place, path: Path, mark: str, condition: dict[str, str]) -> str:
    """The condition is judged when the parts become the object: until then there is none."""
    where = {"Bucket": place.bucket, "Key": place.key}
    upload: Any = client().create_multipart_upload(**where, Metadata={WRITER: mark}, ContentType=_type(place))
    where["UploadId"] = upload["UploadId"]

    def part(number: int) -> dict[str, Any]:
        with path.open("rb") as file:
            file.seek((number - 1) * PART)
            body = file.read(PART)
        done: Any = retried(lambda: client().upload_part(**where, PartNumber=number, Body=body))
        return {"PartNumber": number, "ETag": done["ETag"]}

    try:
        numbers = range(1, -(-path.stat().st_size // PART) + 1)
        with ThreadPoolExecutor(4) as pool:
            parts = list(pool.map(part, numbers))
        answer: Any = client().complete_multipart_upload(**where, MultipartUpload={"Parts": parts}, **condition)
        return answer["ETag"]
    except BaseException:
        with suppress(*FAULTS):  # parts that nobody completes are removed by the bucket's lifecycle
            retried(lambda: client().abort_multipart_upload(**where))
        raise


def _mine(place: Place, mark: str) -> str | None:
    """The ETag of what an earlier try of this call wrote, None where something else or nothing is there."""
    try:
        found: Any = client().head_object(Bucket=place.bucket, Key=place.key)
    except FAULTS as error:
        if absent(error):
            return None
        raise
    return found["ETag"] if found["Metadata"].get(WRITER) == mark else None


def remove(bucket: str, keys: Iterable[str]) -> None:
    """Removes objects, a thousand a request. What is not there is as good as removed."""
    wanted = [{"Key": key} for key in keys]
    with saying("removing", Place(bucket, "")):
        for start in range(0, len(wanted), 1000):
            retried(lambda: _remove(bucket, wanted[start : start + 1000]))  # noqa: B023


def _remove(bucket: str, keys: list[dict[str, str]]) -> None:
    """S3 says of each key what became of it; the first that could not be removed is raised as a call's error is."""
    from botocore.exceptions import ClientError

    answer: Any = client().delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    for one in answer.get("Errors", []):
        raise ClientError({"Error": {"Code": one["Code"], "Message": one["Key"]}}, "DeleteObjects")
