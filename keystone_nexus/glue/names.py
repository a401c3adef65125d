"""Which Glue database and which bucket a layer has (interface.md): the environment is part of every name but prod's."""

from __future__ import annotations

from keystone_nexus.lake import layout
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.lake import ENVIRONMENTS

SCHEME = "s3://"
SCHEMAS = layout.SCHEMAS
BUILD = "gold_build"
"""Where a build of gold makes its tables before anybody reads them."""


def prefix(env: str) -> str:
    """What stands before a schema's name. Raises Refused for an unknown environment."""
    if env not in ENVIRONMENTS:
        raise Refused(f"unknown environment {env!r}: use one of {', '.join(ENVIRONMENTS)}")
    return "" if env == "prod" else f"{env}_"


def database(schema: str, env: str) -> str:
    """The Glue database of a schema."""
    return prefix(env) + schema


def lake_name(lake: str) -> str:
    """NAME of `s3://NAME`. Raises Refused where it is no lake on S3."""
    name = lake.removeprefix(SCHEME).rstrip("/")
    if not lake.startswith(SCHEME) or not name or "/" in name:
        raise Refused(f"{lake!r} is no lake on S3: give s3://NAME, whose layers are the buckets NAME-bronze and so on")
    return name


def folder(name: str, layer: str, *path: str) -> str:
    """The address of a folder of a layer: its bucket is NAME-<layer>, its keys are without the layer's name."""
    return f"{SCHEME}{name}-{layer}/" + "".join(f"{part}/" for part in path)
