"""Stores of both kinds under one suite."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import boto3
import polars as pl
import pytest

from keystone_nexus.lake.layout import LAYERS
from keystone_nexus.lake.s3 import buckets as store_of
from keystone_nexus.lake.s3 import client
from tests.s3.server import S3, serving


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with serving() as running:
        yield running


@pytest.fixture
def s3(server: S3, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """The server, without faults and with nothing counted; this process uses it."""
    server.rate, server.answer = 0.0, None
    server.forget()
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    monkeypatch.setenv("KEYSTONE_CACHE", str(tmp_path_factory.mktemp("copies")))
    forget()
    yield server
    server.rate, server.answer = 0.0, None
    forget()


@pytest.fixture(scope="session")
def month(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic drop's orders of January 2018 with all that belongs to them: few days, so few objects."""
    folder = tmp_path_factory.mktemp("month")
    frames = {path.name: pl.read_csv(path, infer_schema=False) for path in synthetic.glob("*.csv")}
    bought = frames["olist_orders_dataset.csv"].filter(pl.col("order_purchase_timestamp").str.starts_with("2018-01"))
    for name, frame in frames.items():
        kept = (
            frame.join(bought.select("order_id"), on="order_id", how="semi") if "order_id" in frame.columns else frame
        )
        kept.write_csv(folder / name)
    return folder


def forget() -> None:
    boto3.DEFAULT_SESSION = None  # it keeps the credentials that it found
    client.client.cache_clear()
    store_of.buckets.cache_clear()


def new_lake(s3: S3) -> str:
    """The name of a lake whose buckets are there and empty."""
    name = f"lake-{uuid.uuid4().hex[:8]}"
    made = s3.client("s3")
    for layer in LAYERS:
        made.create_bucket(Bucket=f"{name}-{layer}")
    return f"s3://{name}"


def real_s3() -> str | None:
    """A lake on the real S3 that the contract suite may write: `KEYSTONE_TEST_S3_LAKE=s3://NAME`."""
    return os.environ.get("KEYSTONE_TEST_S3_LAKE")
