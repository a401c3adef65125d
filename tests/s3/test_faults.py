"""An S3 that fails: what passes is tried again, what does not is a sentence; nothing is half written, nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from keystone_nexus.lake.errors import EnvironmentFault, KeystoneError, Refused
from keystone_nexus.lake.lake import Lake, lake_at
from keystone_nexus.lake.s3 import faults, objects
from keystone_nexus.lake.s3.client import client
from keystone_nexus.lake.s3.objects import Place
from tests.s3.conftest import forget, new_lake
from tests.s3.server import KINDS, S3

WRITES = 1000


@pytest.fixture
def lake(s3: S3) -> Lake:
    made = lake_at(new_lake(s3), "local")
    made.create()
    return made


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy as it is, with waits a hundredth as long."""
    waiting = faults.wait_random_exponential(multiplier=0.001, max=0.1)
    monkeypatch.setattr(faults, "wait_random_exponential", lambda **_: waiting)


def test_writes_succeed_where_one_call_in_ten_fails(s3: S3, lake: Lake, tmp_path: Path) -> None:
    """Each object is written by its first writer, once, whole: also where the answer to the write was lost."""
    s3.rate, s3.puts[:] = 0.1, []
    keys = [f"bronze/orders/{n:04d}.parquet" for n in range(WRITES)]

    def write(key: str) -> bool:
        path = tmp_path / key.rpartition("/")[2]
        path.write_bytes(key.encode() * 50)
        try:
            return lake.store.put_new(key, path)
        except EnvironmentFault:
            return False

    with ThreadPoolExecutor(8) as pool:
        written = sum(pool.map(write, keys))
    assert written >= WRITES * 0.999
    assert set(s3.faults) == set(KINDS)
    s3.rate = 0.0
    happened = Counter(path for path, _ in s3.puts)
    assert max(happened.values()) == 1
    assert {condition for _, condition in s3.puts} == {"*"}
    bucket = lake.store.place("bronze/").bucket  # type: ignore[attr-defined]
    for key in lake.store.keys("bronze/orders/"):
        assert objects.read(Place(bucket, key.removeprefix("bronze/"))).content == key.encode() * 50


def test_a_read_that_ends_half_way_is_read_again(s3: S3, lake: Lake) -> None:
    content = bytes(range(256)) * 4096
    lake.store.put("silver/orders/whole", content)
    s3.rate = 0.3
    for _ in range(40):
        assert lake.store.read("silver/orders/whole") == content
        assert lake.store.file("silver/orders/whole").read_bytes() == content
    assert s3.faults["half"]


def test_a_large_object_goes_in_parts_and_is_there_at_once(
    s3: S3, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "SINGLE", 6 << 20)
    monkeypatch.setattr(objects, "PART", 5 << 20)
    s3.rate = 0.1
    content = bytes(range(251)) * 60_000
    for number in range(4):
        key, path = f"bronze/orders/large-{number}", tmp_path / "large"
        path.write_bytes(content)
        assert lake.store.put_new(key, path)
        path.write_bytes(b"later" + content)
        assert not lake.store.put_new(key, path)
        assert lake.store.files([key], anew=True)[0].read_bytes() == content


def test_a_server_that_only_fails_ends_in_a_sentence(s3: S3, lake: Lake) -> None:
    s3.answer = lambda _: ("503", "SlowDown")
    s3.requests.clear()
    with pytest.raises(EnvironmentFault, match=r"writing s3://.*503.*run again"):
        lake.store.put("silver/orders/x", b"x")
    assert s3.calls("PUT") + s3.calls("HEAD") == faults.ATTEMPTS


SENTENCES: list[tuple[str, str, type[KeystoneError], str]] = [
    ("403", "AccessDenied", EnvironmentFault, "grant s3:PutObject on bucket"),
    ("403", "ExpiredToken", EnvironmentFault, "credentials have expired .*sign in again"),
    ("403", "InvalidAccessKeyId", Refused, "AWS does not know these credentials"),
    ("403", "SignatureDoesNotMatch", Refused, "AWS does not know these credentials"),
    ("403", "RequestTimeTooSkewed", EnvironmentFault, "clock differs from AWS's"),
    ("400", "KMS.DisabledException", EnvironmentFault, "grant kms:GenerateDataKey"),
    ("404", "NoSuchBucket", Refused, "there is no bucket"),
    ("400", "AuthorizationHeaderMalformed", Refused, "in another region: set AWS_REGION"),
]


@pytest.mark.parametrize(("status", "code", "kind", "said"), SENTENCES)
def test_what_does_not_pass_is_said_at_once(
    s3: S3, lake: Lake, status: str, code: str, kind: type[KeystoneError], said: str
) -> None:
    s3.answer = lambda _: (status, code)
    s3.requests.clear()
    with pytest.raises(kind, match=said):
        lake.store.put("silver/orders/x", b"x")
    assert s3.calls("PUT") == 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda store: store.read("silver/orders/x"), "grant s3:GetObject"),
        (lambda store: store.keys("silver/"), "grant s3:ListBucket"),
    ],
)
def test_a_denied_call_names_the_permission_it_needs(
    s3: S3, lake: Lake, call: Callable[[Any], object], said: str
) -> None:
    s3.answer = lambda _: ("403", "AccessDenied")
    with pytest.raises(EnvironmentFault, match=said):
        call(lake.store)


def test_without_credentials_nothing_is_asked(s3: S3, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    forget()
    s3.requests.clear()
    with pytest.raises(Refused, match="there are no AWS credentials"):
        lake.store.read("lake.json")
    assert not s3.requests


def test_a_missing_bucket_is_named(s3: S3) -> None:
    with pytest.raises(Refused, match="there is no bucket nowhere-bronze: `terraform apply`"):
        lake_at("s3://nowhere", "local").create()


@pytest.mark.parametrize("name", ["s3://", "s3://Upper", "s3://a/b", "s3://a_b", "s3://x"])
def test_what_is_no_lake_name_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="is no lake on S3"):
        _ = lake_at(name, "local").store


def test_an_unreachable_endpoint_is_said(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    forget()
    with pytest.raises(EnvironmentFault, match="AWS cannot be reached"):
        lake_at("s3://somewhere", "local").check_identity()
    assert client() is client()


def test_another_lake_of_the_same_name_is_not_mistaken_for_the_first(s3: S3) -> None:
    """Copies of bronze are trusted; they belong to the lake, not to its name."""
    import boto3

    url = new_lake(s3)
    first = lake_at(url, "local")
    first.create()
    first.store.put_new("bronze/_ledger/00000001.json", b"first")
    assert first.store.read("bronze/_ledger/00000001.json") == b"first"
    bucket = boto3.resource("s3", endpoint_url=s3.url).Bucket(f"{url.removeprefix('s3://')}-bronze")
    bucket.objects.all().delete()
    forget()
    second = lake_at(url, "local")
    second.create()
    with pytest.raises(FileNotFoundError):
        second.store.read("bronze/_ledger/00000001.json")
