"""Makes the lake's buckets and the one for logs, where they are missing: for an S3 on one host, not for AWS."""

from __future__ import annotations

import os
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

LAYERS = ("bronze", "silver", "quarantine", "gold", "analytics")


def main() -> int:
    """0 when all are there; 2 for a lake that is none on S3; 3 where S3 does not let us."""
    lake = os.environ.get("KEYSTONE_LAKE", "")
    if not lake.startswith("s3://") or not lake.removeprefix("s3://"):
        print(f"KEYSTONE_LAKE={lake!r} is no lake on S3: write s3://NAME", file=sys.stderr)
        return 2
    names = [f"{lake.removeprefix('s3://')}-{layer}" for layer in LAYERS] + [os.environ["KEYSTONE_LOG_BUCKET"]]
    client = boto3.client("s3")
    try:
        there = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
        for name in names:
            if name not in there:
                client.create_bucket(Bucket=name)
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
            print(f"{name}: {'there' if name in there else 'made'}")
    except (BotoCoreError, ClientError) as error:
        print(f"the buckets cannot be made: {error}; check AWS_ENDPOINT_URL_S3 and the keys", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
