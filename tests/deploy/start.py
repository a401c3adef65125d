"""Starts a code server as systemd would, in a session of its own: `start.py FOLDER PORT`.

A shell's `&` would make it ignore SIGINT, and Dagster then ignores SIGTERM too.
"""

import os
import subprocess
import sys
from pathlib import Path

folder, port = Path(sys.argv[1]), sys.argv[2]
entrypoint = Path(__file__).parents[2] / "deploy" / "entrypoint.sh"
with (folder / f"code{port}.log").open("ab") as log:
    one = subprocess.Popen(
        [entrypoint],
        env={**os.environ, "KEYSTONE_ROLE": "code", "KEYSTONE_CODE_PORT": port},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
(folder / f"{port}.pid").write_text(str(one.pid))
