"""A drop on S3: `s3://bucket/prefix` with CSV files below it, or the key of one zip archive or CSV file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlparse

from keystone_nexus.lake.errors import Refused
from keystone_nexus.source.drop import ByteStream, Drop, is_csv, open_archive, source_file


@contextmanager
def open_s3_drop(source: str) -> Iterator[Drop]:
    """The CSV files of a prefix, streamed; a zip archive is brought to a temporary file first (it needs seeking)."""
    import boto3
    from botocore.exceptions import ParamValidationError

    from keystone_nexus.lake import aws
    from keystone_nexus.lake.s3 import faults

    url = urlparse(source)
    bucket, prefix = url.netloc, url.path.lstrip("/")
    try:
        client: Any = boto3.client("s3")
        if prefix.lower().endswith(".zip"):
            with tempfile.TemporaryFile() as file:
                client.download_fileobj(bucket, prefix, file)
                with open_archive(file, source) as files:
                    yield files
        else:
            yield _objects(client, bucket, prefix)
    except ParamValidationError as error:
        raise Refused(f"{source} is no place on S3: give s3://bucket/prefix") from error
    except aws.FAULTS as error:
        if faults.absent(error) or aws.code(error) == "NoSuchBucket":
            raise Refused(f"there is no {source}") from error
        raise faults.told(error, "reading", source) from error


def _objects(client: Any, bucket: str, prefix: str) -> Drop:
    single = is_csv(prefix)
    folder = prefix if single or not prefix or prefix.endswith("/") else prefix + "/"
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder, Delimiter="/")
    listed: list[Any] = []
    others: list[str] = []
    for page in pages:
        listed += page.get("Contents", [])
        others += [one["Prefix"].removeprefix(folder) for one in page.get("CommonPrefixes", [])]
    found = [o for o in listed if (o["Key"] == prefix if single else is_csv(o["Key"]))]
    files = [source_file(o["Key"].rpartition("/")[2], o["Size"], _opener(client, bucket, o["Key"])) for o in found]
    names = {o["Key"] for o in found} | {folder}
    others += [o["Key"].rpartition("/")[2] for o in listed if o["Key"] not in names]
    return Drop(files, [] if single else others)


def _opener(client: Any, bucket: str, key: str) -> Any:
    def opened() -> ByteStream:
        return client.get_object(Bucket=bucket, Key=key)["Body"]

    return opened
