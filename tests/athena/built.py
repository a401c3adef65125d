"""One lake twice: here with gold in DuckDB, and on S3 with gold on Athena, both by `keystone run`."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from keystone_nexus.analytics.gold import Gold
from keystone_nexus.glue.names import database
from keystone_nexus.glue.names import folder as place
from keystone_nexus.lake.layout import LAYERS
from tests.athena.double.stack import Double
from tests.conftest import keystone

RESULTS = "s3://athena-results/"
FILES = ("bronze", "silver", "quarantine")
SELECTED = "group:bronze or group:silver or group:gold"


@dataclass(frozen=True)
class Built:
    """A lake here and on S3, and its gold by both engines."""

    name: str
    lake: Path
    local: Gold
    athena: Gold
    env: dict[str, str]
    """What a process needs to work on the one on S3."""

    @property
    def url(self) -> str:
        return f"s3://{self.name}"

    def keystone(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the command line on the lake on S3."""
        return keystone(self.url, *arguments, env=self.env, timeout=1800)

    def fill(self, source: Path, *days: str) -> None:
        """Runs both from the same source, side by side."""
        asked = ("run", "--source", str(source), "--select", SELECTED, *days)
        with ThreadPoolExecutor(1) as beside:
            here = beside.submit(keystone, self.lake, *asked)
            there = self.keystone(*asked)
            assert here.result().returncode == 0, here.result().stderr
        assert there.returncode == 0, there.stdout + there.stderr


def build(double: Double, env: str, folder: Path, name: str, source: Path, *days: str) -> Built:
    """Both lakes, filled. The environment has its work group."""
    built = empty(double, env, folder, name)
    built.fill(source, *days)
    return built


def empty(double: Double, env: str, folder: Path, name: str) -> Built:
    """Nothing but the buckets."""
    make_buckets(double, name)
    home = {"KEYSTONE_CACHE": str(folder / "copies"), "DAGSTER_HOME": str(folder / "home"), "KEYSTONE_ENV": env}
    local = Gold(f"duckdb:///{folder / 'lake' / 'gold' / 'gold.duckdb'}")
    athena = Gold(double.url(database("gold", env), f"keystone-{env}"))
    return Built(name, folder / "lake", local, athena, double.environment | home)


def make_group(double: Double, name: str, *, enforced: bool = False) -> None:
    """A work group as production has it: the one that builds gold does not enforce its place of results."""
    double.client("athena").create_work_group(
        Name=name,
        Configuration={
            "EnforceWorkGroupConfiguration": enforced,
            "BytesScannedCutoffPerQuery": 10_000_000_000,
            "ResultConfiguration": {"OutputLocation": f"{RESULTS}{name}/"},
        },
    )


def make_buckets(double: Double, name: str) -> None:
    for layer in LAYERS:
        double.client("s3").create_bucket(Bucket=f"{name}-{layer}")


def upload(double: Double, lake: Path, name: str) -> None:
    """Puts a local lake's layers where a lake on S3 has them."""
    make_buckets(double, name)
    files = [(layer, path) for layer in FILES for path in sorted((lake / layer).rglob("*")) if path.is_file()]

    def put(one: tuple[str, Path]) -> None:
        layer, path = one
        bucket = place(name, layer).removeprefix("s3://").rstrip("/")
        double.client("s3").put_object(
            Bucket=bucket, Key=path.relative_to(lake / layer).as_posix(), Body=path.read_bytes()
        )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, files))
