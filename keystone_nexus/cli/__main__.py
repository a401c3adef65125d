"""`python -m keystone_nexus.cli`, and the `keystone` script."""

import gc
import sys

from keystone_nexus.cli.main import main


def run() -> int:
    """Runs one command in a process of its own.

    Importing makes hundreds of thousands of objects, which the garbage collector would walk again and again: it waits
    until they are there (`cli/run.py`).
    """
    gc.disable()
    return main()


if __name__ == "__main__":
    sys.exit(run())
