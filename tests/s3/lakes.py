"""What two lakes hold, to be compared: objects of a bucket, files of a folder. Those that say when something was are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def objects(s3: Any, bucket: str) -> dict[str, bytes]:
    """Key -> content. `s3` makes boto3's clients (`client("s3")`)."""
    client = s3.client("s3")
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [one["Key"] for page in pages for one in page.get("Contents", []) if not one["Key"].startswith("_")]
    return {key: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def files(lake: Path, layer: str) -> dict[str, bytes]:
    """Path below the layer -> content."""
    paths = [path for path in (lake / layer).rglob("*") if path.is_file()]
    named = {path.relative_to(lake / layer).as_posix(): path for path in paths}
    return {key: path.read_bytes() for key, path in named.items() if not key.startswith("_")}
