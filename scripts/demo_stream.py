"""`make demo-stream`: the whole stream on this machine, and what came of it.

A lake is built from the files, a second one from their reference data alone. A real Kafka and the ingest server start;
the orders are replayed as the events that they were, while the Dagster daemon of the second lake lands them and
rebuilds their days by itself. In the end both lakes hold the same silver.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl

from keystone_nexus.contracts.catalog import dated_tables, table
from keystone_nexus.events.cluster import Cluster
from keystone_nexus.events.lag import lags
from keystone_nexus.events.settings import stream_settings
from keystone_nexus.lake import builds, ledger
from keystone_nexus.lake.lake import Lake
from keystone_nexus.source.drop import open_drop
from keystone_nexus.source.recognise import recognise
from keystone_nexus.source.records import RecordReader
from keystone_nexus.transforms.pending import pending

KEYSTONE = [str(Path(sys.executable).with_name("keystone"))]
PATIENCE = 900.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("lake-stream"), help="where both lakes and Kafka are put")
    parser.add_argument("--source", default="", help="as for `make demo`; default: synthetic")
    parser.add_argument("--scale", default="0.1")
    parser.add_argument("--rate", default="2000", help="events a second")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    return Demo(options.folder.absolute(), options.source, options.scale, options.rate).run()


class Demo:
    """The two lakes, and the processes between them."""

    def __init__(self, folder: Path, source: str, scale: str, rate: str) -> None:
        self._folder, self._source, self._scale, self._rate = folder, source, scale, rate
        self._files, self._stream = folder / "files", folder / "stream"
        self._processes: list[subprocess.Popen[str]] = []

    def run(self) -> int:
        source = self._source or self._synthetic()
        say("the lake of the files")
        keystone("--lake", self._files, "run", "--source", source, "--quiet", stdout=subprocess.DEVNULL)
        say("the lake of the stream: reference data alone")
        keystone(
            "--lake", self._stream, "run", "--source", self._reference(source), "--quiet", stdout=subprocess.DEVNULL
        )
        try:
            return self._replay(source)
        finally:
            for process in reversed(self._processes):
                process.send_signal(signal.SIGTERM)
                process.wait(60)
            keystone("--lake", self._stream, "stream", "kafka", "down", stdout=subprocess.DEVNULL)

    def _replay(self, source: str) -> int:
        say("a real Kafka, the ingest server, the Dagster daemon")
        brokers = json.loads(keystone("--lake", self._stream, "stream", "kafka", "up", "--json").stdout)["brokers"]
        os.environ["KEYSTONE_KAFKA_BROKERS"] = brokers
        server = self._start("stream", "serve", "--listen", "127.0.0.1:0", log="server.log", stdout=subprocess.PIPE)
        assert server.stdout is not None
        address = server.stdout.readline().split()[3]
        self._start("--lake", str(self._stream), "ui", "--port", os.environ.get("PORT", "3000"), log="dagster.log")
        say(f"replaying at {self._rate} events a second to {address}")
        started = time.monotonic()
        told = keystone(
            "stream", "replay", "--source", source, "--to", address, "--rate", self._rate, "--json", "--quiet"
        )
        sent: dict[str, int] = json.loads(told.stdout)
        say(f"sent in {time.monotonic() - started:.0f} s; the daemon lands what is left and rebuilds the days")
        lake = Lake(self._stream)
        wait_until_built(lake)
        return self._report(lake, sent, time.monotonic() - started)

    def _start(self, *arguments: str, log: str, stdout: int | None = None) -> subprocess.Popen[str]:
        with (self._folder / log).open("w") as errors:
            process = subprocess.Popen(
                [*KEYSTONE, *arguments], stdout=stdout or errors, stderr=errors, text=True, start_new_session=True
            )
        self._processes.append(process)
        return process

    def _synthetic(self) -> str:
        say(f"synthetic data, scale {self._scale}")
        out = self._folder / "source"
        keystone("generate", "--out", out, "--scale", self._scale, "--quiet", stdout=subprocess.DEVNULL)
        return str(out)

    def _reference(self, source: str) -> Path:
        """The source with nothing but headers in the dated tables."""
        out = self._folder / "reference"
        out.mkdir()
        dated = {spec.name for spec in dated_tables()}
        with open_drop(source) as files:
            for file in files:
                with file.open() as stream:
                    name = recognise(file.name, RecordReader(stream, file.name).header).table
                target = out / Path(file.name).name
                if name in dated:
                    target.write_text(",".join(table(name).source_columns) + "\n")
                    continue
                with file.open() as stream, target.open("wb") as copy:
                    while chunk := stream.read(1 << 20):
                        copy.write(chunk)
        return out

    def _report(self, lake: Lake, sent: dict[str, int], seconds: float) -> int:
        held = ledger.read(lake)
        landed = sum(one.rows for _, one in held.ranges)
        days = builds.read(lake).filter(pl.col("day").is_not_null() & (pl.col("silver") > 0))["day"].n_unique()
        delays = end_to_end(lake)
        differ = [spec.name for spec in dated_tables() if not same_silver(self._files, self._stream, spec.name)]
        print(
            f"\nevents      sent {sent['sent']:,}, acknowledged {sent['acknowledged']:,}, rejected {sent['rejected']:,}"
        )
        print(f"landed      {landed:,} in {len({e.number for e, _ in held.ranges}):,} landings, {days:,} days built")
        print(f"delay       p50 {delays.quantile(0.5):.1f} s, p99 {delays.quantile(0.99):.1f} s from Kafka to silver")
        print(f"in all      {seconds:.0f} s")
        print(f"silver      {'differs in ' + ', '.join(differ) if differ else 'equals that of the files, row by row'}")
        print(f"\nlook at it: .venv/bin/keystone --lake {os.path.relpath(self._stream)} ui")
        return 1 if differ or landed < sent["acknowledged"] else 0


def say(text: str) -> None:
    print(f"-- {text}", flush=True)


def keystone(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    options = {"stdout": subprocess.PIPE} | options
    done = subprocess.run([*KEYSTONE, *map(str, arguments)], text=True, check=False, **options)
    if done.returncode:
        sys.exit(done.returncode)
    return done


def wait_until_built(lake: Lake) -> None:
    """Until the topic is landed and nothing is pending."""
    cluster, deadline = Cluster(stream_settings()), time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not sum(one.events or 0 for one in lags(ledger.read(lake), cluster)) and pending(lake).none:
            return
        time.sleep(1)
    sys.exit(f"the daemon did not build everything within {PATIENCE:g} s: see dagster.log")


def end_to_end(lake: Lake) -> pl.Series:
    """Seconds from Kafka's acknowledgement of an order event to the last build of its day."""
    built = builds.read(lake).filter(pl.col("table") == "orders").select("day", "built_at")
    paths = [lake.root / one.object for _, one in ledger.read(lake).ranges if one.object]
    purchased = silver(lake.root, "orders").select("order_id", day=pl.col("order_purchase_timestamp").dt.date())
    events = pl.scan_parquet(paths).select("order_id", "_produced_at").collect()
    joined = events.join(purchased, on="order_id").join(built, on="day")
    return (joined["built_at"] - joined["_produced_at"]).dt.total_milliseconds() / 1000


def silver(root: Path, name: str) -> pl.DataFrame:
    spec = table(name)
    frame = pl.read_parquet(root / "silver" / name / "**/*.parquet", hive_partitioning=False)
    return frame.select(c.name for c in spec.columns).sort(spec.key)


def same_silver(one: Path, other: Path, name: str) -> bool:
    return silver(one, name).equals(silver(other, name))


if __name__ == "__main__":
    sys.exit(main())
