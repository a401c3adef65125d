"""`python -m benchmarks [real|scale10|one-day|imports|events] [--repeat N]`: the figures of docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl

from benchmarks.measure import Cost, interleave, run, table

HERE = Path(__file__).parent
KEYSTONE = str(Path(sys.executable).parent / "keystone")
BENCH_PYTHON = os.environ.get("KEYSTONE_BENCH_PYTHON", sys.executable)
"""The peers' interpreter: pandas is not among what the project installs."""


def full_run(source: str, scale: str, repeat: int, work: Path) -> None:
    """CSV to checked gold with all its days, against bare scripts from CSV to the same gold."""

    def ours() -> Cost:
        shutil.rmtree(work / "lake", ignore_errors=True)
        return run(
            [KEYSTONE, "--lake", str(work / "lake"), "--quiet", "run", "--source", source, "--select", "+group:gold"]
        )

    def peer(name: str) -> Callable[[], Cost]:
        out = work / f"{name}.out"

        def once() -> Cost:
            shutil.rmtree(out, ignore_errors=True) if out.is_dir() else out.unlink(missing_ok=True)
            return run([BENCH_PYTHON, str(HERE / f"{name}.py"), source, str(out)])

        return once

    ours()
    rivals = {
        "bare DuckDB script": peer("peer_duckdb"),
        "plain pandas script": peer("peer_pandas"),
        "keystone run": ours,
    }
    table(f"CSV to gold, {scale} (medians of {repeat}, interleaved)", interleave(rivals, repeat), "bare DuckDB script")


def one_day(small: str, large: str, repeat: int, work: Path) -> None:
    """One changed day on a lake of scale 1 and on one of scale 10."""
    rivals: dict[str, Callable[[], Cost]] = {}
    for name, source in (("scale 1", small), ("scale 10", large)):
        lake = work / name.replace(" ", "")
        run([KEYSTONE, "--lake", str(lake), "--quiet", "run", "--source", source])
        drop = work / f"drop {name}"
        orders = pl.scan_csv(Path(source) / "olist_orders_dataset.csv", infer_schema=False)
        day = orders.filter(pl.col("order_purchase_timestamp").str.starts_with("2018-05-07")).head(100).collect()

        def once(selection: str, lake: Path = lake, drop: Path = drop, day: pl.DataFrame = day) -> Cost:
            drop.mkdir(exist_ok=True)
            # Another status each time, so that each time the day changes.
            once.turn += 1
            status = ("canceled", "unavailable", "shipped")[once.turn % 3]
            stamp = pl.lit(f"2018-06-01 00:00:{once.turn % 60:02d}")
            day.with_columns(order_status=pl.lit(status), order_estimated_delivery_date=stamp).write_csv(
                drop / "orders.csv"
            )
            return run([KEYSTONE, "--lake", str(lake), "--quiet", "run", "--source", str(drop), "--select", selection])

        once.turn = 0
        rivals[f"{name}: bronze and silver"] = lambda once=once: once(
            "group:bronze or group:silver or group:quarantine"
        )
        rivals[f"{name}: to gold"] = lambda once=once: once("*")
    found = interleave(rivals, repeat)
    pairs = {k: found[k] for k in ("scale 1: bronze and silver", "scale 10: bronze and silver")}
    table("One changed day (100 orders), bronze and silver alone", pairs, "scale 1: bronze and silver")
    pairs = {k: found[k] for k in ("scale 1: to gold", "scale 10: to gold")}
    table("One changed day (100 orders), to rebuilt gold", pairs, "scale 1: to gold")


def imports(repeat: int) -> None:
    """Loading the definitions against importing what they are made of."""
    rivals = {
        "dagster, dagster_dbt": lambda: run([sys.executable, "-c", "import dagster, dagster_dbt"]),
        "keystone_nexus.definitions": lambda: run([sys.executable, "-c", "import keystone_nexus.definitions"]),
        "keystone --help": lambda: run([KEYSTONE, "--help"]),
    }
    interleave(rivals, 1)
    table("Start", interleave(rivals, repeat), "dagster, dagster_dbt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["real", "scale10", "one-day", "imports", "events"])
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="keystone-bench-"))
    real = os.environ.get("KEYSTONE_OLIST_ZIP")
    try:
        for name in arguments.names:
            if name == "real":
                full_run(real or _synthetic(work, 1), "real data" if real else "scale 1", arguments.repeat, work)
            elif name == "scale10":
                full_run(_synthetic(work, 10), "scale 10", max(1, arguments.repeat // 2), work)
            elif name == "one-day":
                one_day(_synthetic(work, 1), _synthetic(work, 10), arguments.repeat, work)
            elif name == "imports":
                imports(arguments.repeat)
            elif name == "events":
                subprocess.run([sys.executable, str(HERE / "backfill_events.py")], check=True)
            else:
                parser.error(f"no such figure: {name}")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _synthetic(work: Path, scale: int) -> str:
    folder = work / f"scale-{scale}"
    if not folder.exists():
        run([KEYSTONE, "generate", "--out", str(folder), "--scale", str(scale), "--quiet"])
    return str(folder)


main()
