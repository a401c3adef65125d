"""How long the pages' queries take on Athena's engine: `python -m benchmarks.athena_queries [--source DIR or zip]`.

Starts Athena's double, builds the lake and its gold there, and asks every query that charts, dashboard, insights and
deck ask, several times. What it measures is Trino on this machine. Athena adds its queue and planning, which no
double has: 0.2 to 1 s for each query where the account's concurrency is not used up.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from keystone_nexus.analytics.provenance import provenance_of
from keystone_nexus.lake.lake import Lake
from keystone_nexus.source.synthetic import generate
from tests.athena.asked import asked_of
from tests.athena.built import build, make_group
from tests.athena.double.stack import running

GROUP = "keystone-ci"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--source", help="the drop; a synthetic one of a tenth of the size if it is not given")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="keystone-athena-") as name, running(Path(name)) as double:
        os.environ |= double.environment
        double.client("s3").create_bucket(Bucket="athena-results")
        make_group(double, GROUP)
        source = Path(options.source or f"{name}/source")
        if not options.source:
            generate(source, 0.1, 7)
        built = build(double, "ci", Path(name), "bench", source)
        asked = asked_of(built.local, provenance_of(Lake(built.lake), built.local), Path(name) / "charts")
        report(asked, [[timed(built.athena, sql) for sql in asked] for _ in range(options.repeats)])


def timed(gold: object, sql: str) -> float:
    began = time.perf_counter()
    gold.frame(sql)  # type: ignore[attr-defined]
    return time.perf_counter() - began


def report(asked: list[str], rounds: list[list[float]]) -> None:
    print(f"{'query':60}  median s  worst s")
    for number, sql in sorted(enumerate(asked), key=lambda one: -statistics.median(r[one[0]] for r in rounds)):
        taken = [r[number] for r in rounds]
        print(f"{' '.join(sql.split())[:60]:60}  {statistics.median(taken):8.2f}  {max(taken):7.2f}")
    every = sorted(seconds for r in rounds for seconds in r)
    print(f"{len(asked)} queries, {len(rounds)} rounds: p50 {every[len(every) // 2]:.2f} s, ", end="")
    print(f"p90 {every[int(len(every) * 0.9)]:.2f} s, worst {every[-1]:.2f} s; Athena's queue comes on top")


if __name__ == "__main__":
    main()
