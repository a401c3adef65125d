"""`python -m tests.athena.double`: Athena, Glue and S3 on this machine until Ctrl-C, with the variables to use it."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
from pathlib import Path

from tests.athena.double.artifacts import MEGABYTES, Missing
from tests.athena.double.stack import running


def main() -> int:
    asked = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: asked.set())
    with tempfile.TemporaryDirectory(prefix="keystone-athena-") as folder:
        print(f"starting (Trino is {MEGABYTES} MB, fetched once)", file=sys.stderr)
        try:
            with running(Path(folder)) as double:
                for name, value in double.environment.items():
                    print(f"export {name}={value}")
                print(f"# ready after {double.seconds:.0f} s; work groups are made by Athena's API", flush=True)
                asked.wait()
        except Missing as missing:
            print(missing, file=sys.stderr)
            return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
