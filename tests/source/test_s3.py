"""A drop on S3: a prefix, an archive or one object, and what is none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from keystone_nexus.lake import ledger
from keystone_nexus.lake.errors import EnvironmentFault, KeystoneError, Refused
from keystone_nexus.source.drop import open_drop
from keystone_nexus.source.land import land
from tests.helpers import header_of, nine_headers, write_archive
from tests.small_drops import new_lake


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket named `drops`."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield boto3.resource("s3").create_bucket(Bucket="drops")


@pytest.mark.parametrize(
    "source", ["s3://drops/day 1", "s3://drops/day 1/", "s3://drops/olist.zip", "s3://drops/OLIST.ZIP"]
)
def test_a_drop_on_s3_lands_like_a_folder(bucket: Any, tmp_path: Path, source: str) -> None:
    folder = nine_headers(tmp_path / "headers")
    (folder / "sellers.csv").write_text(header_of("sellers") + "s1,01001,são paulo,SP\n" * 3)
    for path in folder.iterdir():
        bucket.upload_file(str(path), f"day 1/{path.name}")
        bucket.upload_file(str(path), f"day 1/older/{path.name}")
    bucket.put_object(Key="day 1/notes.txt", Body=b"x")
    archive = write_archive(tmp_path / "x.zip", {p.name: p.read_bytes() for p in folder.iterdir()})
    bucket.upload_file(str(archive), "olist.zip")
    bucket.upload_file(str(archive), "OLIST.ZIP")
    held: list[list[tuple[str, str, int]]] = []
    for number, place in enumerate((source, str(folder))):
        lake = new_lake(tmp_path / str(number))
        land(lake, place)
        files = ledger.read(lake).entries[0].files
        held.append([(f.name, f.object_sha256, f.rows) for f in files])
    assert held[0] == held[1]


@pytest.mark.parametrize("key", ["day/orders.csv", "day/ORDERS.CSV"])
def test_one_object_is_a_drop(bucket: Any, key: str) -> None:
    bucket.put_object(Key=key, Body=header_of("orders").encode())
    bucket.put_object(Key=key + ".csv", Body=b"another file")
    with open_drop(f"s3://drops/{key}") as files:
        assert [f.name for f in files] == [key.rpartition("/")[2]]


@pytest.mark.parametrize(
    ("source", "fault", "why"),
    [
        ("s3://nowhere/day", Refused, "there is no s3://nowhere/day"),
        ("s3://nowhere/x.zip", Refused, "there is no s3://nowhere/x.zip"),
        ("s3://drops/nothing", Refused, "s3://drops/nothing holds no CSV file"),
        ("s3://drops/nothing.zip", Refused, "there is no s3://drops/nothing.zip"),
        ("s3://drops/nothing.csv", Refused, "s3://drops/nothing.csv holds no CSV file"),
        ("s3://drops/bad.zip", Refused, "s3://drops/bad.zip is no readable zip archive"),
        ("s3://", Refused, "s3://bucket/prefix"),
        ("s3://no such_bucket!/x", Refused, "s3://no such_bucket!/x"),
    ],
)
def test_a_source_that_is_none_is_refused(bucket: Any, source: str, fault: type[KeystoneError], why: str) -> None:
    bucket.put_object(Key="bad.zip", Body=b"no archive")
    with pytest.raises(fault, match=why), open_drop(source):
        pass


@pytest.mark.parametrize("source", ["s3://drops/day", "s3://drops/x.zip"])
def test_an_unreachable_s3_is_the_machines_fault(bucket: Any, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(EnvironmentFault, match="AWS cannot be reached"), open_drop(source):
        pass


def test_missing_credentials_are_refused(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(Refused, match="there are no AWS credentials"), open_drop("s3://drops/day"):
        pass


def read_after(source: str, change: Callable[[], object]) -> None:
    """Reads the first file of a source that changed after it was listed."""
    with open_drop(source) as files:
        change()
        with files[0].open() as stream:
            while stream.read(1 << 20):
                pass


def test_an_object_that_vanishes_refuses_the_drop(bucket: Any) -> None:
    bucket.put_object(Key="day/orders.csv", Body=header_of("orders").encode())
    with pytest.raises(Refused, match="there is no s3://drops/day"):
        read_after("s3://drops/day", bucket.objects.delete)


def test_an_object_that_is_replaced_while_it_is_read_refuses_the_drop(bucket: Any) -> None:
    bucket.put_object(Key="day/orders.csv", Body=header_of("orders").encode())
    with pytest.raises(Refused, match=r"orders.csv changed while it was read"):
        read_after("s3://drops/day", lambda: bucket.put_object(Key="day/orders.csv", Body=b"shorter"))
