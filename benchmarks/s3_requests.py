"""What a lake asks of S3: `python -m benchmarks.s3_requests [--source DIR or zip]`.

Runs bronze, silver and quarantine against an S3 on this machine (moto), and counts every request: a first run, a run
with nothing new, a drop of one changed payment, and the first run again where one request in ten fails. Gold is
Athena's on S3 (`benchmarks.athena_queries`).
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

import boto3

from keystone_nexus.lake.layout import LAYERS
from keystone_nexus.source.synthetic import generate
from tests.s3.conftest import new_lake
from tests.s3.server import S3, serving

FILES = "group:bronze or group:silver or group:quarantine"
VERBS = ("PUT", "GET", "LIST", "HEAD", "DELETE", "POST")
PAYMENTS = "olist_order_payments_dataset.csv"


def main() -> int:
    """0 when the lake that was written through faults equals the other, 1 when not."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--source", help="the drop; a synthetic one of a tenth of the size if it is not given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="keystone-s3-") as name, serving() as s3:
        work = Path(name)
        source = Path(options.source or work / "source")
        if not options.source:
            generate(source, 0.1, 7)
        print(f"{'run':34} {'seconds':>8} " + " ".join(f"{verb:>7}" for verb in VERBS) + f" {'failed':>7}")
        first = new_lake(s3)
        timed(s3, work, "first run", first, str(source))
        timed(s3, work, "nothing new", first, str(source))
        timed(s3, work, "one changed payment", first, str(one_payment(source, work / "drop")))
        s3.rate = 0.1
        through = new_lake(s3)
        timed(s3, work, "first run, 1 request in 10 fails", through, str(source))
        s3.rate = 0.0
        twice = [path for path, times in written(s3).items() if times > 1]
        print(f"objects written: {len(written(s3)):,}; written twice: {len(twice)}")
        timed(s3, work, "the changed payment there", through, str(work / "drop"))
        equal = all(objects(s3, first, layer) == objects(s3, through, layer) for layer in LAYERS[:3])
        print(f"both lakes equal byte by byte: {'yes' if equal else 'NO'}")
        return 0 if equal and not twice else 1


def timed(s3: S3, work: Path, what: str, lake: str, source: str) -> None:
    """One run, and one line of the table."""
    s3.requests.clear()
    s3.puts.clear()
    s3.faults.clear()
    home = work / lake.removeprefix("s3://")
    environment = {**os.environ, **s3.env, "KEYSTONE_CACHE": str(home / "copies"), "DAGSTER_HOME": str(home / "home")}
    environment.pop("AWS_CA_BUNDLE", None)
    command = [str(Path(sys.executable).parent / "keystone"), "--lake", lake, "--quiet", "run"]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, "--source", source, "--select", FILES], env=environment, check=False, stdout=subprocess.DEVNULL
    )
    seconds = time.perf_counter() - began
    if done.returncode not in (0, 1):
        sys.exit(f"{what}: keystone ended with {done.returncode}")
    counts = " ".join(f"{s3.calls(verb):7,}" for verb in VERBS)
    print(f"{what:34} {seconds:8.1f} {counts} {sum(s3.faults.values()):7,}", flush=True)


def written(s3: S3) -> Counter[str]:
    """Paths of objects with how often each was written, locks left out."""
    return Counter(path for path, _ in s3.puts if "/_locks/" not in path and path.count("/") > 1)


def one_payment(source: Path, drop: Path) -> Path:
    """A drop of one payment that the source has, with another value."""
    drop.mkdir()
    if source.is_dir():
        text = (source / PAYMENTS).read_text("utf-8")
    else:
        with zipfile.ZipFile(source) as archive:
            text = archive.read(PAYMENTS).decode("utf-8")
    rows = csv.DictReader(io.StringIO(text))
    row = next(rows)
    with (drop / PAYMENTS).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow({**row, "payment_value": "1.11"})
    return drop


def objects(s3: S3, lake: str, layer: str) -> dict[str, str]:
    """Key -> digest of content of a layer's objects, but for those that say when something was."""
    bucket = boto3.resource("s3", endpoint_url=s3.url, region_name="us-east-1").Bucket(f"{lake[5:]}-{layer}")
    return {one.key: one.e_tag for one in bucket.objects.all() if not one.key.startswith("_")}


if __name__ == "__main__":
    sys.exit(main())
