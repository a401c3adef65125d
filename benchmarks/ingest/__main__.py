"""What the ingest server does a second, and at what cost, against its peers: one table with aims.

    python -m benchmarks.ingest [--rounds 5] [--seconds 3] [--only unary --only stream ...]

Needs the built server (`make ingest`); `latency` also Java and Maven, for a real Kafka.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.ingest.binaries import INGEST
from benchmarks.ingest.figure import table
from benchmarks.ingest.figures import FIGURES
from benchmarks.ingest.workshop import Workshop


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each competitor")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each turn")
    parser.add_argument("--only", action="append", choices=list(FIGURES), metavar="NAME", help=", ".join(FIGURES))
    options = parser.parse_args()
    if not Path(INGEST).exists():
        print("the server is not built: make ingest", file=sys.stderr)
        return 3
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="keystone-bench-") as folder, Path(folder, "log").open("w+") as log:
        shop = Workshop(Path(folder), log, options.rounds, options.seconds)
        try:
            figures = []
            for name in options.only or FIGURES:
                shop.say(name)
                figures += FIGURES[name](shop)
        except Exception:
            log.seek(0)
            print(log.read()[-4000:], file=sys.stderr)
            raise
    print(table(figures))
    print(f"\n{options.rounds} rounds of {options.seconds:g} s, {time.monotonic() - started:.0f} s in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
