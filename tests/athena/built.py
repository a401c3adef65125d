"""A lake that is built here, and its gold by both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from keystone_nexus.analytics.gold import Gold
from keystone_nexus.glue import catalog
from keystone_nexus.glue.names import folder as place
from keystone_nexus.glue.projection import Span
from tests.athena import dbt
from tests.athena.double.stack import Double
from tests.conftest import keystone

LAYERS = ("bronze", "silver", "quarantine")
SELECTED = "group:bronze or group:silver or group:gold"


@dataclass(frozen=True)
class Built:
    """A lake here and its gold by both engines."""

    name: str
    lake: Path
    span: Span
    local: Gold
    athena: Gold
    results: list[dict[str, object]]


def build(double: Double, env: str, group: str, folder: Path, name: str, source: Path, span: Span, *days: str) -> Built:
    """Runs a lake here, puts it on S3, and lets dbt build gold there."""
    ran = keystone(folder / "lake", "run", "--source", str(source), "--select", SELECTED, *days)
    assert ran.returncode == 0, ran.stderr
    upload(double, folder / "lake", name)
    catalog.apply(double.client("glue"), name, env, span)
    results = dbt.run(double, name, env, folder, "build", "--resource-type", "model", "--resource-type", "test")
    local = Gold(f"duckdb:///{folder / 'lake' / 'gold' / 'gold.duckdb'}")
    return Built(name, folder / "lake", span, local, Gold(double.url(f"{env}_gold", group)), results)


def upload(double: Double, lake: Path, name: str) -> None:
    """Puts a local lake's layers where a lake on S3 has them."""
    s3 = double.client("s3")
    for layer in (*LAYERS, "gold"):
        s3.create_bucket(Bucket=f"{name}-{layer}")
    files = [(layer, path) for layer in LAYERS for path in sorted((lake / layer).rglob("*")) if path.is_file()]

    def put(one: tuple[str, Path]) -> None:
        layer, path = one
        bucket = place(name, layer).removeprefix("s3://").rstrip("/")
        s3.put_object(Bucket=bucket, Key=path.relative_to(lake / layer).as_posix(), Body=path.read_bytes())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, files))
