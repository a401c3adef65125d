"""One double for all tests of a run, and lakes in it as they lie on S3."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from keystone_nexus.glue.names import folder
from tests.athena.double.artifacts import Missing
from tests.athena.double.stack import Double, running

ENV = "ci"
GROUP = f"keystone-{ENV}"
EXPLORE = f"{GROUP}-explore"
RESULTS = "s3://athena-results/"
LAYERS = ("bronze", "silver", "quarantine")


@pytest.fixture(scope="session")
def double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Double]:
    """The double, with the work groups that production has."""
    try:
        with running(tmp_path_factory.mktemp("athena")) as started:
            started.client("s3").create_bucket(Bucket="athena-results")
            athena = started.client("athena")
            for name, enforced in ((GROUP, False), (EXPLORE, True)):
                athena.create_work_group(
                    Name=name,
                    Configuration={
                        "EnforceWorkGroupConfiguration": enforced,
                        "BytesScannedCutoffPerQuery": 10_000_000_000,
                        "ResultConfiguration": {"OutputLocation": f"{RESULTS}{name}/"},
                    },
                )
            yield started
    except Missing as missing:
        pytest.skip(str(missing))


def upload(double: Double, lake: Path, name: str) -> None:
    """Puts a local lake's layers where a lake on S3 has them."""
    s3 = double.client("s3")
    for layer in (*LAYERS, "gold"):
        s3.create_bucket(Bucket=f"{name}-{layer}")
    files = [(layer, path) for layer in LAYERS for path in sorted((lake / layer).rglob("*")) if path.is_file()]

    def put(one: tuple[str, Path]) -> None:
        layer, path = one
        bucket = folder(name, layer).removeprefix("s3://").rstrip("/")
        s3.put_object(Bucket=bucket, Key=path.relative_to(lake / layer).as_posix(), Body=path.read_bytes())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, files))
