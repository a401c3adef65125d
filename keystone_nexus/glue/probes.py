"""Asks AWS for what a lake needs, one harmless call for each permission, and says which one is missing and for what."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from keystone_nexus.glue.ask import workgroup
from keystone_nexus.glue.names import BUILD, SCHEMAS, database
from keystone_nexus.lake import aws
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.layout import IDENTITY, LAYERS
from keystone_nexus.lake.s3 import faults
from keystone_nexus.lake.s3.client import client
from keystone_nexus.lake.s3.objects import Place

SETTINGS = (
    "AWS_REGION",
    "KEYSTONE_ENV",
    "KEYSTONE_LAKE",
    "KEYSTONE_ATHENA_WORKGROUP",
    "KEYSTONE_ALERT_TOPIC",
    "DAGSTER_HOME",
)
"""What a deployment sets: Terraform's output `dagster_settings`."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that was asked: `needs` is the permission or setting, `note` what to do where it failed."""

    what: str
    needs: str
    ok: bool
    note: str = ""


def probes(lake: Lake) -> Iterator[Probe]:
    """All there is to ask, in the order in which a run needs it."""
    yield from _settings(lake)
    who = _asked("AWS identity", "sts:GetCallerIdentity", lambda: _client("sts").get_caller_identity()["Arn"])
    yield who
    if not who.ok:
        return
    for layer in LAYERS:
        yield from _bucket(f"{str(lake).removeprefix('s3://')}-{layer}", IDENTITY if layer == "bronze" else "")
    for schema in (*SCHEMAS, BUILD):
        name = database(schema, lake.env)
        yield _asked(f"Glue database {name}", "glue:GetDatabase", partial(_database, name))
    group = workgroup(lake.env)
    yield _asked(f"Athena workgroup {group}", "athena:GetWorkGroup", lambda: _group(group))
    topic = os.environ.get("KEYSTONE_ALERT_TOPIC")
    if topic:
        yield _asked(
            "alerts", "sns:GetTopicAttributes", lambda: _client("sns").get_topic_attributes(TopicArn=topic) and topic
        )


def _settings(lake: Lake) -> Iterator[Probe]:
    """What the environment must say; locally nothing must be said."""
    for name in SETTINGS if lake.env in ("staging", "prod") else ():
        said = os.environ.get(name, "")
        yield Probe(
            f"${name}", "set by the deployment", bool(said), said or "take it from `terraform output dagster_settings`"
        )


def _bucket(bucket: str, identity: str) -> Iterator[Probe]:
    place = Place(bucket, f"_lake/{identity}" if identity else "_probe")
    yield _asked(bucket, "s3:ListBucket", lambda: client().list_objects_v2(Bucket=bucket, MaxKeys=1) and "")
    yield _asked(bucket, "s3:GetObject, kms:Decrypt", lambda: _read(place))
    yield _asked(bucket, "s3:PutObject", lambda: _write_nothing(place))


def _read(place: Place) -> str:
    """Absent is as good as read: it was allowed to ask."""
    try:
        client().get_object(Bucket=place.bucket, Key=place.key)
    except aws.FAULTS as error:
        if not faults.absent(error):
            raise
    return ""


def _write_nothing(place: Place) -> str:
    """A write under a condition that cannot hold: refused for its condition only where it is allowed."""
    try:
        client().put_object(Bucket=place.bucket, Key=place.key, Body=b"", IfMatch='"00000000000000000000000000000000"')
    except aws.FAULTS as error:
        if not faults.taken(error) and not faults.absent(error):
            raise
    return ""


def _database(name: str) -> str:
    _client("glue").get_database(Name=name)
    return ""


def _group(name: str) -> str:
    found: Any = _client("athena").get_work_group(WorkGroup=name)
    if "WorkGroup" not in found:
        raise LookupError(f"there is no workgroup {name}: `terraform apply` makes it")
    limit = found["WorkGroup"]["Configuration"].get("BytesScannedCutoffPerQuery")
    return f"stops a query after {limit:,} bytes" if limit else "has no limit of bytes: set one"


def _client(service: str) -> Any:
    import boto3

    return boto3.client(service)  # pyright: ignore[reportCallIssue, reportArgumentType]


def _asked(what: str, needs: str, call: Callable[[], object]) -> Probe:
    try:
        return Probe(what, needs, ok=True, note=str(faults.retried(call) or ""))
    except LookupError as error:
        return Probe(what, needs, ok=False, note=str(error))
    except aws.FAULTS as error:
        denied = aws.code(error) in aws.DENIED
        note = f"grant {needs} to this role" if denied else str(faults.told(error, "asking", what))
        return Probe(what, needs, ok=False, note=note)
